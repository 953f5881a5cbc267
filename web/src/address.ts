/** The address, whose part after the # holds the view and its options, so that it can be shared. */

/** The options of a request, as the fields of a form: what is left out has its default. */
export type Fields = Readonly<Record<string, string>>;

export interface Address {
  /** The parts of the path: `["models", "zero-shot"]`. */
  readonly path: readonly string[];
  readonly params: Fields;
}

export function readAddress(hash = location.hash): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter(Boolean).map(decodeURIComponent),
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function writeAddress({ path, params }: Address): string {
  const query = new URLSearchParams(params).toString().replaceAll("%2C", ",");
  return `#/${path.map(encodeURIComponent).join("/")}${query && `?${query}`}`;
}

/** Change the options in the address, without a new entry in the history. */
export function replaceParams(params: Fields): void {
  history.replaceState(null, "", writeAddress({ path: ["forecast"], params }));
}
