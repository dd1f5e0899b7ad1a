/** Files that do not make an identity. `message` is a clause for the user: "its key is damaged". */
export class UnreadableIdentity extends Error {
  override name = "UnreadableIdentity";
}
