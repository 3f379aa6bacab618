package dev.navarch.benchmarks;

import dev.navarch.apiserver.request.User;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.time.SystemTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to tell who asks, of somebody who has asked before: all that a request pays before authorization. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class AuthenticationBenchmark {
    private static final String PATH = "/api/v1/namespaces/shop/pods";

    /** One known client of each kind. */
    @State(Scope.Thread)
    public static class Server {
        private final SystemTime time = new SystemTime();
        private KnownCallers callers;
        private Path file;

        @Setup
        public void start() throws Exception {
            file = Files.createTempFile("tokens", ".csv");
            Files.writeString(file, "secret-of-jane,jane,u1,dev");
            callers = new KnownCallers(
                    CertificateRequest.client("jane", "dev", "ops"),
                    "shop",
                    settings -> settings.withTokens(file),
                    time);
        }

        @TearDown
        public void stop() throws Exception {
            callers.close();
            time.close();
            Files.delete(file);
        }
    }

    @Benchmark
    public User certificate(Server server) {
        return server.callers.byCertificate(PATH);
    }

    @Benchmark
    public User serviceAccountToken(Server server) {
        return server.callers.byToken(PATH);
    }

    @Benchmark
    public User staticToken(Server server) {
        return server.callers.by("Bearer secret-of-jane", PATH);
    }
}
