package dev.navarch.apiserver.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small requests that would cost a server much: memory, time, or its stack. */
@Timeout(180)
class BodyAttacksTest {
    private static final String MAPS = Attacked.DEFAULT + "/configmaps";
    private static final String DEEP = "[".repeat(200_000);
    private static Attacked attacked;

    @BeforeAll
    static void start() throws Exception {
        attacked = new Attacked();
        attacked.have(MAPS, "{'metadata':{'name':'target'},'data':{'a':'b'}}");
    }

    @AfterAll
    static void stop() {
        attacked.close();
    }

    @AfterEach
    void theServerLives() throws Exception {
        assertThat(attacked.get(attacked.admin, MAPS + "/target").statusCode()).isEqualTo(200);
    }

    /** Ten aliases of ten aliases of ten aliases... (CVE-2019-11253). */
    private static String bomb() {
        var yaml = new StringBuilder("kind: ConfigMap\napiVersion: v1\nmetadata: {name: bomb}\ndata:\n  a: &a x\n");
        char last = 'a';
        for (char c = 'b'; c < 'l'; c++) {
            yaml.append("  ").append(c).append(": &").append(c).append(" [");
            for (int i = 0; i < 10; i++) {
                yaml.append(i == 0 ? "*" : ",*").append(last);
            }
            yaml.append("]\n");
            last = c;
        }
        return yaml.toString();
    }

    @Test
    void aliasesOfAliases() throws Exception {
        var created = attacked.send(attacked.admin, "POST", MAPS, "application/yaml", bomb());
        assertThat(created.statusCode()).as(created.body()).isEqualTo(400);
        var applied = attacked.send(
                attacked.admin, "PATCH", MAPS + "/bomb?fieldManager=x", "application/apply-patch+yaml", bomb());
        assertThat(applied.statusCode()).as(applied.body()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/yaml", "application/vnd.kubernetes.protobuf"})
    void deepBodies(String type) throws Exception {
        var body = "{\"metadata\":{\"name\":\"deep\"},\"data\":" + DEEP;
        var answer = attacked.send(attacked.admin, "POST", MAPS, type, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json-patch+json",
                "application/merge-patch+json",
                "application/strategic-merge-patch+json",
                "application/apply-patch+yaml"
            })
    void deepPatches(String type) throws Exception {
        var answer = attacked.send(attacked.admin, "PATCH", MAPS + "/target?fieldManager=x", type, "{\"data\":" + DEEP);
        assertThat(answer.statusCode()).as(answer.body()).isIn(400, 422);
    }

    /** Whoever is nobody is told so before a byte of the body is waited for, let alone parsed. */
    @Test
    void bodiesBeforeAuthentication() throws Exception {
        for (var length : new long[] {2_000_000, 1L << 40}) {
            var head = "POST " + MAPS + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\nContent-Length: "
                    + length + "\r\nContent-Type: application/json\r\n\r\n" + DEEP.substring(0, 1_000);
            assertThat(attacked.head("CN=nobody", head)).containsPattern("^HTTP/1.1 (401|403|413) ");
        }
    }

    /** CVE-2019-1002100: each operation doubles what there is. */
    @Test
    void aPatchThatGrows() throws Exception {
        var patch = new StringBuilder("[{\"op\":\"add\",\"path\":\"/data/x\",\"value\":\"0123456789\"}");
        for (int i = 0; i < 60; i++) {
            patch.append(",{\"op\":\"copy\",\"from\":\"/data\",\"path\":\"/metadata/annotations\"}")
                    .append(",{\"op\":\"copy\",\"from\":\"/metadata\",\"path\":\"/data/n")
                    .append(i)
                    .append("\"}");
        }
        var answer =
                attacked.send(attacked.admin, "PATCH", MAPS + "/target", "application/json-patch+json", patch + "]");
        assertThat(answer.statusCode()).as(answer.body()).isIn(400, 413, 422);
    }

    @Test
    void aPatchOfManySteps() throws Exception {
        var step = ",{\"op\":\"add\",\"path\":\"/data/x\",\"value\":\"y\"}";
        var answer = attacked.send(
                attacked.admin,
                "PATCH",
                MAPS + "/target",
                "application/json-patch+json",
                "[" + step.repeat(10_001).substring(1) + "]");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
        assertThat(answer.body()).contains("The allowed maximum operations in a JSON patch is 10000, got 10001");
    }

    @Test
    void aLongBody() throws Exception {
        var answer = attacked.send(
                attacked.admin,
                "POST",
                MAPS,
                "application/json",
                "{\"metadata\":{\"name\":\"long\"},\"data\":{\"a\":\"" + "x".repeat(4_000_000) + "\"}}");
        assertThat(answer.statusCode()).isEqualTo(413);
    }

    /** CVE-2020-8552: what clients make up must not become the name of a counter. */
    @Test
    void countersForWhatIsMadeUp() throws Exception {
        for (int i = 0; i < 5; i++) {
            attacked.get(attacked.admin, "/made-up-path-" + i);
            attacked.get(attacked.admin, "/apis/made-up-" + i + ".example/v1/namespaces/made-up/things" + i);
            attacked.send(attacked.admin, "MADEUP" + i, MAPS, "text/plain", "");
        }
        assertThat(attacked.get(attacked.admin, "/metrics").body().toLowerCase(Locale.ROOT))
                .doesNotContain("made-up")
                .doesNotContain("madeup");
    }
}
