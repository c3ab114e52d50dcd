import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Does one thing after another in one virtual machine, since its start costs seconds: a line of words separated by tabs for each. */
final class Serve {
  interface Act {
    /** Does what the words say; the number is the exit code. */
    int run(String[] words) throws Exception;
  }

  static void serve(Act act) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(out);
    System.setErr(out);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      int code = 1;
      try {
        code = act.run(line.split("\t", -1));
      } catch (Throwable problem) {
        for (Throwable each = problem; each != null; each = each.getCause()) out.println(each);
      }
      out.println();
      out.println("\u0004" + code);
    }
  }
}
