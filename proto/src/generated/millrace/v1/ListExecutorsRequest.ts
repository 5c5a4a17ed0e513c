// Original file: proto/millrace/v1/control.proto


export interface ListExecutorsRequestInput {
}

export interface ListExecutorsRequest {
}
