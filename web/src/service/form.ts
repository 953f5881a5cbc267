/** A file and its options as the form that the service reads. */
export function form(name: string, file: Blob, fields: Readonly<Record<string, string>>): FormData {
  const data = new FormData();
  data.set("file", file, name);
  for (const [field, text] of Object.entries(fields)) {
    data.set(field, text);
  }
  return data;
}
