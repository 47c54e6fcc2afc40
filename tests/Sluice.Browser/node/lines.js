// Reads commands as JSON lines from standard input and answers each with one line on standard output.
import { createInterface } from 'node:readline';

export async function serve(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    try {
      process.stdout.write(JSON.stringify(await answer(command)) + '\n');
    } catch (error) {
      process.stdout.write(JSON.stringify({ failed: error.message }) + '\n');
    }
  }
}
