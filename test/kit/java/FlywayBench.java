import java.io.File;
import java.util.HashMap;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.internal.configuration.ConfigUtils;

/** The real Flyway, with the settings of a project's flyway.conf: `action, folder, url, user, password`. */
final class FlywayBench {
  public static void main(String[] args) throws Exception {
    Serve.serve(FlywayBench::act);
  }

  private static int act(String[] words) {
    Map<String, String> settings = new HashMap<>(ConfigUtils.loadConfigurationFile(new File(words[1], "flyway.conf"), "UTF-8", true));
    settings.put("flyway.url", words[2]);
    settings.put("flyway.user", words[3]);
    settings.put("flyway.password", words[4]);
    // This process stands elsewhere than a person who calls Flyway in the project's folder.
    settings.computeIfPresent("flyway.locations", (name, value) -> value.replace("filesystem:", "filesystem:" + words[1] + "/"));
    settings.put("flyway.failOnMissingLocations", "true");
    Flyway flyway = Flyway.configure().configuration(settings).load();
    switch (words[0]) {
      case "migrate":
        for (String warning : flyway.migrate().warnings) System.out.println(warning);
        return 0;
      case "validate":
        flyway.validate();
        return 0;
      case "undo":
        flyway.undo();
        return 0;
      case "baseline":
        flyway.baseline();
        return 0;
      default:
        int other = 0;
        for (MigrationInfo info : flyway.info().all()) {
          MigrationState state = info.getState();
          System.out.println(info.getVersion() + " " + info.getDescription() + ": " + state);
          if (state != MigrationState.SUCCESS && state != MigrationState.OUT_OF_ORDER && state != MigrationState.SUPERSEDED) other += 1;
        }
        flyway.validate();
        return other == 0 ? 0 : 1;
    }
  }
}
