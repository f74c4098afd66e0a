export type Terminal = 'sh' | 'powershell'

/** What fills the place of a key that has not been made. */
const KEY_PLACE = '<your API key>'

/** The commands that point the wandb client at this server. */
export function settings(terminal: Terminal, input: { url: string; key: string | undefined }): string {
  const values = { WANDB_BASE_URL: input.url, WANDB_API_KEY: input.key ?? KEY_PLACE }
  return Object.entries(values)
    .map(([name, value]) => (terminal === 'sh' ? `export ${name}=${quoted(value)}` : `$env:${name} = "${value}"`))
    .join('\n')
}

/** As it is, where a shell takes it so: URLs and keys look like themselves. */
function quoted(value: string): string {
  return /^[\w:./@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}

/** A script that logs a first artifact. */
export const FIRST_SCRIPT = `import wandb

with wandb.init(project="first-steps") as run:
    greeting = wandb.Artifact("greeting", type="dataset")
    with greeting.new_file("hello.txt") as file:
        file.write("Hello, Tripline!")
    run.log_artifact(greeting)`
