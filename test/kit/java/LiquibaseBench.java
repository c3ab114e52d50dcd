import liquibase.integration.commandline.LiquibaseCommandLine;

/** The real command line of Liquibase, once after the other in one machine: its arguments. */
final class LiquibaseBench {
  public static void main(String[] args) throws Exception {
    Serve.serve(words -> new LiquibaseCommandLine().execute(words));
  }
}
