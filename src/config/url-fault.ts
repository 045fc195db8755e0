/** What is wrong with a URL, to follow the name of its variable: one line, without secrets. */
export class UrlFault extends Error {}
