import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.File;
import java.util.HashMap;
import java.util.Map;
import play.api.Environment;
import play.api.Mode;
import play.api.db.Database;
import play.api.db.Databases$;
import play.api.db.evolutions.DatabaseEvolutions;
import play.api.db.evolutions.EnvironmentEvolutionsReader;
import play.api.db.evolutions.Evolutions;
import play.api.db.evolutions.Script;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Play's evolutions with the settings of a project's application.conf: `action, folder, database's name, url, user, password`. */
final class PlayBench {
  public static void main(String[] args) throws Exception {
    Serve.serve(PlayBench::act);
  }

  private static int act(String[] words) {
    File folder = new File(words[1]);
    Config own = ConfigFactory.parseFile(new File(folder, "conf/application.conf"));
    Config config = own.getConfig("play.evolutions.db." + words[2]).withFallback(own.getConfig("play.evolutions"));
    Map<String, Object> pool = new HashMap<>();
    pool.put("username", words[4]);
    pool.put("password", words[5]);
    String driver = words[3].startsWith("jdbc:sqlite") ? "org.sqlite.JDBC" : words[3].startsWith("jdbc:postgresql") ? "org.postgresql.Driver" : "org.mariadb.jdbc.Driver";
    Database database = Databases$.MODULE$.apply(driver, words[3], words[2], scala.collection.immutable.Map.from(CollectionConverters.asScala(pool)));
    try {
      Environment environment = new Environment(folder, PlayBench.class.getClassLoader(), Mode.Dev$.MODULE$);
      DatabaseEvolutions evolutions =
          new DatabaseEvolutions(database, "", config.getString("metaTable"), noSubstitutions(), "$evolutions{{{", "}}}", true);
      Seq<Script> scripts = evolutions.scripts(new EnvironmentEvolutionsReader(environment, config.getString("path")));
      System.out.println(Evolutions.toHumanReadableScript(scripts));
      if (words[0].equals("apply")) evolutions.evolve(scripts, true);
      return words[0].equals("apply") || scripts.isEmpty() ? 0 : 1;
    } finally {
      database.shutdown();
    }
  }

  @SuppressWarnings("unchecked")
  private static scala.collection.immutable.Map<String, String> noSubstitutions() {
    return (scala.collection.immutable.Map<String, String>) (Object) scala.collection.immutable.Map$.MODULE$.empty();
  }
}
