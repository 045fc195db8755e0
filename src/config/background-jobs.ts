/** Whether this process does the regular work beside answering, such as pruning: commands leave it to the service. */
export class BackgroundJobs {
  constructor(readonly areRun: boolean) {}
}
