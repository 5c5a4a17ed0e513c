// Fails as a lane does whose sources or native modules cannot be loaded.
throw new Error('a library is missing');
