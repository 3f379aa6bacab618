package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.ObjectMapper;

/** Whatever the bytes, a body is read or refused, and nothing else happens. */
class HostileBodiesTest {

    private static final String GOOD = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"a":"b"},"creationTimestamp":
            "2024-01-01T00:00:00Z"},"spec":{"containers":[{"name":"c","ports":[{"containerPort":80}],"resources":
            {"limits":{"cpu":"1500m","memory":1e3}},"livenessProbe":{"httpGet":{"port":"http"}}}],"priority":-1,
            "volumes":[{"name":"v","emptyDir":{}}],"hostNetwork":true,"nodeSelector":null}}""";
    private static final List<String> SPLICES = List.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "null",
            "1e999",
            "-",
            "\\u0000",
            "\\",
            "&a ",
            "*a",
            "<<: ",
            "\n",
            "- ",
            "? ",
            "!!int ",
            "|\n",
            "%",
            "\u0000",
            "\ufeff",
            "---\n",
            "0x",
            "9".repeat(400),
            "{}{}");

    private final ResourceType pods = Catalogue.builtIn().find("", "v1", "pods").orElseThrow();
    private final ObjectDecoder decoder = new ObjectDecoder();
    private final ObjectEncoder encoder = new ObjectEncoder();

    @ParameterizedTest
    @EnumSource
    void mutatedBodiesAreReadOrRefused(BodyFormat format) {
        long seed = 20261121;
        var random = new Random(seed);
        for (int round = 0; round < 4_000; round++) {
            var body = mutated(random);
            try {
                var tree = decoder.decode(body, format, pods).tree();
                encoder.encode(tree, pods.schema());
            } catch (BadBodyException e) {
                assertThat(e.getMessage()).isNotEmpty();
            } catch (RuntimeException e) {
                fail("seed " + seed + " round " + round + ": " + new String(body, StandardCharsets.UTF_8), e);
            }
        }
    }

    private static byte[] mutated(Random random) {
        var body = new StringBuilder(GOOD);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(body.length());
            switch (random.nextInt(4)) {
                case 0 -> body.insert(at, SPLICES.get(random.nextInt(SPLICES.size())));
                case 1 -> body.deleteCharAt(at);
                case 2 -> body.delete(at, Math.min(body.length(), at + random.nextInt(40)));
                default -> body.setCharAt(at, (char) random.nextInt(0x100));
            }
            if (body.isEmpty()) {
                body.append('x');
            }
        }
        return body.toString().getBytes(random.nextBoolean() ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    }

    /** Our judge of syntax and another parser agree on what is JSON. */
    @Test
    void syntaxIsJudgedAsOthersDo() {
        var random = new Random(7);
        var mapper = new ObjectMapper();
        for (int round = 0; round < 4_000; round++) {
            var body = new String(mutated(random), StandardCharsets.UTF_8);
            boolean good;
            try {
                mapper.readTree(body);
                good = !body.isBlank();
            } catch (tools.jackson.core.JacksonException e) {
                good = false;
            }
            var mistake = GoJsonSyntax.mistake(body.getBytes(StandardCharsets.UTF_8), ObjectDecoder.MAX_DEPTH);
            // the other parser reads the first value only
            if (!mistake.contains("after top-level value")) {
                assertThat(mistake.isEmpty()).as(body + ": " + mistake).isEqualTo(good);
            }
        }
    }

    /** As deep as upstream reads, what nobody knows is passed over. */
    @ParameterizedTest
    @EnumSource(
            value = BodyFormat.class,
            names = {"JSON", "YAML"})
    void whatIsUnknownMayBeDeep(BodyFormat format) throws InterruptedException {
        int levels = ObjectDecoder.MAX_NESTING - 1;
        onSmallStack(() -> {
            var decoded = decoder.decode(nested("unknown", levels), format, pods);
            assertThat(decoded.strictErrors()).containsExactly("unknown field \"unknown\"");
            assertThatThrownBy(() -> decoder.decode(nested("unknown", levels + 1), format, pods))
                    .isInstanceOf(BadBodyException.class)
                    .hasMessageContaining("exceeded max depth");
        });
    }

    private static byte[] nested(String field, int levels) {
        return ("{\"" + field + "\":" + "[".repeat(levels) + "]".repeat(levels) + "}").getBytes(StandardCharsets.UTF_8);
    }

    private static void onSmallStack(Runnable work) throws InterruptedException {
        var failure = new AtomicReference<Throwable>();
        var thread = new Thread(null, work, "small-stack", 512 * 1024);
        thread.setUncaughtExceptionHandler((_, e) -> failure.set(e));
        thread.start();
        thread.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void theDeepestBodyNeedsLittleStack() throws InterruptedException {
        var crds = Catalogue.builtIn()
                .find("apiextensions.k8s.io", "v1", "customresourcedefinitions")
                .orElseThrow();
        int levels = ObjectDecoder.MAX_DEPTH - 10;
        var body = "{\"spec\":{\"versions\":[{\"schema\":{\"openAPIV3Schema\":" + "{\"not\":".repeat(levels) + "{}"
                + "}".repeat(levels) + "}}]}}";
        onSmallStack(() -> {
            var decoded = decoder.decode(body.getBytes(StandardCharsets.UTF_8), BodyFormat.JSON, crds);
            encoder.encode(decoded.tree(), crds.schema());
            decoder.decode(body.getBytes(StandardCharsets.UTF_8), BodyFormat.YAML, crds);
        });
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(strings = {"- ", "? ", "[", "{a: ", "&a [", "!!x ["})
    void deepYamlIsRefused(String opening) {
        var body = opening.repeat(100_000).getBytes(StandardCharsets.UTF_8);
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> decoder.decode(body, BodyFormat.YAML, pods))
                .isInstanceOf(BadBodyException.class);
    }
}
