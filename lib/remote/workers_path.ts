// Where workers are looked for when no file is named.

export const defaultWorkersPath = "./workers.toml";
