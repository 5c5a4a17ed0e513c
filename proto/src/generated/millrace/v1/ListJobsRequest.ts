// Original file: proto/millrace/v1/control.proto


export interface ListJobsRequestInput {
}

export interface ListJobsRequest {
}
