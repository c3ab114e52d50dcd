/** Reads many blobs through one long-lived `git cat-file --batch`. */
import type { Socket } from 'node:net';
import { ProblemError } from '../domain/problem.ts';
import type { Oid } from '../domain/sighting.ts';
import { type GitProcess, type GitRunner, gitFailed } from './run-git.ts';

const BATCH = ['cat-file', '--batch'] as const;

/** Reads blobs one after another; calls may overlap, they are answered in turn. */
export interface BlobReader {
  /** Calls `take` for each blob that is here, in the order asked. Objects that are missing, or no blobs, are passed over. */
  read(oids: readonly Oid[], take: (oid: Oid, bytes: Buffer) => void): Promise<void>;
  /** Ends the process. A later read starts a new one. */
  close(): Promise<void>;
}

/** A reader for a repository. Git is started by the first read. */
export function blobReader(git: GitRunner, type: 'blob' | 'tree'): BlobReader {
  let batch: Batch | null = null;
  let last: Promise<void> = Promise.resolve();

  const readNow = async (oids: readonly Oid[], take: (oid: Oid, bytes: Buffer) => void): Promise<void> => {
    if (batch === null || batch.ended) batch = startBatch(git, type);
    await batch.read(oids, take);
  };

  return {
    read(oids, take) {
      if (oids.length === 0) return Promise.resolve();
      const mine = last.then(() => readNow(oids, take));
      last = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      await last;
      await batch?.close();
      batch = null;
    },
  };
}

interface Batch {
  readonly ended: boolean;
  read(oids: readonly Oid[], take: (oid: Oid, bytes: Buffer) => void): Promise<void>;
  close(): Promise<void>;
}

function startBatch(git: GitRunner, type: string): Batch {
  const child = git.start(BATCH);
  const ends = new AbortController();
  let said = '';
  let failure: Error | null = null;
  let onData: ((chunk: Buffer) => void) | null = null;
  let onEnd: (() => void) | null = null;
  const closed = new Promise<void>(resolve => {
    const end = (error: Error): void => {
      failure ??= error;
      ends.abort();
      onEnd?.();
      resolve();
    };
    child.on('error', error => end(new ProblemError('git-missing', { said: error.message }, { cause: error })));
    child.on('close', code => end(gitFailed(BATCH, code, said.trim())));
  });
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdout.on('data', (chunk: Buffer) => onData?.(chunk));
  holdProgramOpen(child, false);

  return {
    get ended() {
      return ends.signal.aborted;
    },
    async read(oids, take) {
      holdProgramOpen(child, true);
      try {
        await new Promise<void>((resolve, reject) => {
          let answered = 0;
          onEnd = () => reject(failure);
          onData = answerParser(type, (bytes, isWanted) => {
            const oid = oids[answered++];
            if (oid !== undefined && isWanted) take(oid, bytes);
            if (answered === oids.length) resolve();
          });
          if (failure === null) child.stdin.write(`${oids.join('\n')}\n`);
          else reject(failure);
        });
      } finally {
        onData = null;
        onEnd = null;
        holdProgramOpen(child, false);
      }
    },
    async close() {
      holdProgramOpen(child, true);
      child.stdin.end();
      await closed;
    },
  };
}

/** An idle reader must not keep the program from ending. */
function holdProgramOpen(child: GitProcess, hold: boolean): void {
  const how = hold ? 'ref' : 'unref';
  child[how]();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket)[how]();
}

/** Takes apart `<oid> <type> <size>LF<bytes>LF` and `<name> missingLF`, see git-cat-file(1), "BATCH OUTPUT". */
function answerParser(type: string, answer: (bytes: Buffer, isWanted: boolean) => void): (chunk: Buffer) => void {
  let header = '';
  let body: Buffer[] | null = null;
  let wanted = 0;
  let isWanted = false;
  return chunk => {
    let at = 0;
    while (at < chunk.length) {
      if (body === null) {
        const end = chunk.indexOf(0x0a, at);
        header += chunk.toString('latin1', at, end === -1 ? chunk.length : end);
        if (end === -1) return;
        at = end + 1;
        const said = / (\w+) (\d+)$/.exec(header);
        header = '';
        if (said === null) answer(Buffer.alloc(0), false);
        else {
          isWanted = said[1] === type;
          // The bytes are followed by a line feed.
          wanted = Number(said[2]) + 1;
          body = [];
        }
      } else {
        const part = chunk.subarray(at, at + wanted);
        body.push(part);
        at += part.length;
        wanted -= part.length;
        if (wanted === 0) {
          const whole = body.length === 1 ? part : Buffer.concat(body);
          body = null;
          answer(whole.subarray(0, -1), isWanted);
        }
      }
    }
  };
}
