// Words that are tried first by everybody who guesses passwords, in lower case, and those that this program's own subject
// suggests. Longer ones that begin with a shorter one stand before it.

export const knownWords: readonly string[] = `
  passphrase password passwort motdepasse contrasena pass secret geheim letmein welcome willkommen administrator admin
  master login guest default changeme test root user iloveyou love monkey dragon sunshine princess football baseball shadow
  superman batman michael charlie thomas daniel andrea jennifer summer winter spring autumn hello hallo bonjour computer
  internet server client worker encoder encode video movie film render farm linux ubuntu debian windows rav1e ravie
  qwerty qwertz azerty asdf zxcv trustno killer freedom whatever starwars hunter soccer hockey ranger jordan harley
  correct horse battery staple
`.trim().split(/\s+/);
