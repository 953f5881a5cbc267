/** The key that a service may ask for. It is kept until the tab is closed. */

const NAME = "forecasting-key";

let key = "";

/** Send a key with all requests from now on. */
export function useKey(given: string): void {
  key = given;
}

/** Send the key that was given before in this tab, if one was. */
export function recallKey(): void {
  useKey(sessionStorage.getItem(NAME) ?? "");
}

export function rememberKey(given: string): void {
  sessionStorage.setItem(NAME, given);
  useKey(given);
}

/** The key in use; empty if there is none. */
export function keyInUse(): string {
  return key;
}

export function withKey(init: RequestInit): RequestInit {
  return key ? { ...init, headers: { ...init.headers, "x-api-key": key } } : init;
}
