export const login = {
  title: "Sign in to Darkroom",
  token: "Token",
  signIn: "Sign in",
  missing: "Paste a token here.",
  linkRefused: "This link is no longer good",
  linkRefusedHelp: "Its token was revoked, or part of it is missing. Use another link, or a token.",
  helpTitle: "No link, no token?",
  helpLink: "Darkroom prints a link when it starts: opening it signs you in.",
  helpToken: "Whoever runs Darkroom can make a token for you:",
  helpCommand: "After “make run” the program is .venv/bin/darkroom.",
  command: "darkroom token create --name laptop",
  helpSettings: "Where you are signed in already, make one under Settings.",
};
