/** Which scripts may be run inside a transaction of ours. */
import { isWord, sqlStatements, sqlText } from './sql-text.ts';

/** False for a script that brings a transaction of its own, or has a statement that may stand in none. */
export const fitsTransaction = (script: string): boolean =>
  !sqlStatements(sqlText(script).tokens).some(
    statement =>
      isWord(statement[0], 'begin', 'commit', 'rollback', 'vacuum') ||
      (isWord(statement[0], 'start') && isWord(statement[1], 'transaction')) ||
      statement.some(token => isWord(token, 'concurrently')),
  );
