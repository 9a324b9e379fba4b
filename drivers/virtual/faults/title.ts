/** What a fault is, for people. */
export interface Title {
  readonly title: { readonly en: string; readonly zh: string };
}
