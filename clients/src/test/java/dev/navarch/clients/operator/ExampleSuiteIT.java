package dev.navarch.clients.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.navarch.cli.Kubectl;
import dev.navarch.clients.SharedCluster;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineTestKit;

/**
 * The suite of {@code examples/operator-tests} that its users run on any cluster, here on {@code navarch up}: compiled from the
 * example as it is, and told of the cluster as there, by a kubeconfig.
 */
@ExtendWith(SharedCluster.class)
class ExampleSuiteIT {
    private static final Path EXAMPLE = Path.of("../examples/operator-tests/src");
    private static final String KUBECONFIG = "kubeconfig";

    @Test
    void theExamplesSuiteHoldsOnNavarchUp(Kubectl kubectl, @TempDir Path classes) throws Exception {
        compile(classes);
        var urls = new URL[] {
            classes.toUri().toURL(), EXAMPLE.resolve("test/resources/").toUri().toURL()
        };
        var thread = Thread.currentThread();
        var usual = thread.getContextClassLoader();
        try (var loader = new URLClassLoader(urls, usual)) {
            thread.setContextClassLoader(loader);
            System.setProperty(KUBECONFIG, kubectl.kubeconfig().toString());
            EngineTestKit.engine("junit-jupiter")
                    .selectors(selectClass(Class.forName("com.example.backup.AnyClusterIT", true, loader)))
                    .execute()
                    .testEvents()
                    .assertStatistics(stats -> stats.started(3).succeeded(3).skipped(0));
        } finally {
            System.clearProperty(KUBECONFIG);
            thread.setContextClassLoader(usual);
        }
    }

    private static void compile(Path classes) throws Exception {
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var main = Files.walk(EXAMPLE.resolve("main/java"));
                var files = compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
            var sources = Stream.concat(
                            main.filter(file -> file.toString().endsWith(".java")),
                            Stream.of("OperatorSuite", "AnyClusterIT")
                                    .map(name -> EXAMPLE.resolve("test/java/com/example/backup/" + name + ".java")))
                    .toList();
            var told = new StringWriter();
            var options = List.of("-d", classes.toString(), "-proc:none", "-cp", System.getProperty("java.class.path"));
            assertThat(compiler.getTask(told, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                            .call())
                    .as(told::toString)
                    .isTrue();
        }
    }
}
