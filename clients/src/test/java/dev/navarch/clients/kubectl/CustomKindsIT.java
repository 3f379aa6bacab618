package dev.navarch.clients.kubectl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.cli.Kubectl;
import dev.navarch.cli.Waiting;
import dev.navarch.clients.SharedCluster;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** kubectl as it comes with a custom kind, command by command. */
@ExtendWith(SharedCluster.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CustomKindsIT {
    private static final Path DEFINITION = Path.of("src/test/resources/definitions/gadgets.yaml");
    private static final String GADGET = """
        apiVersion: tools.example.com/v1
        kind: Gadget
        metadata: {name: one, labels: {set: x}}
        spec:
          colour: red
          size: 5k
          config: {a: {b: [1, two]}}
          parts: [{name: p1, count: 1}, {name: p2, count: 3}]
        """;

    private Kubectl cluster;
    private Kubectl kubectl;

    @BeforeAll
    void define(Kubectl cluster) {
        this.cluster = cluster;
        cluster.ok("apply", "-f", DEFINITION.toString());
        cluster.awaitEstablished("crd/gadgets.tools.example.com");
    }

    @AfterAll
    void undefine() {
        cluster.ok("delete", "-f", DEFINITION.toString());
        Waiting.until(
                "nothing of it in discovery",
                () -> cluster.run("", "api-resources", "--api-group=tools.example.com", "-o", "name")
                        .out(),
                String::isEmpty);
    }

    @BeforeEach
    void namespace(TestInfo test) {
        var name = test.getTestMethod().orElseThrow().getName().toLowerCase(java.util.Locale.ROOT);
        cluster.ok("create", "namespace", name);
        kubectl = cluster.in(name);
    }

    @Test
    void getExplainAndDescribe() {
        kubectl.apply(GADGET);
        assertThat(kubectl.ok("get", "gd")).containsPattern("NAME +COLOUR +WANTED +SINCE\none +red +1 +\\d+s");
        assertThat(kubectl.ok("get", "gadget/one", "-o", "wide")).containsPattern("SINCE +NOTE\n");
        assertThat(kubectl.ok("get", "all,workshop")).contains("gadget.tools.example.com/one");
        assertThat(kubectl.ok("get", "gadgets.v1.tools.example.com", "-o", "yaml"))
                .contains("colour: red", "size: 5k", "- 1\n", "- two\n");
        assertThat(kubectl.ok("get", "gd", "--field-selector=spec.colour=red,metadata.name=one", "-o", "name"))
                .isEqualTo("gadget.tools.example.com/one");
        assertThat(kubectl.ok("get", "gd", "--field-selector=spec.colour!=red", "-o", "name"))
                .isEmpty();
        assertThat(kubectl.fails("", "get", "gd", "--field-selector=spec.note=x"))
                .contains("field label not supported: spec.note");
        assertThat(kubectl.ok("get", "gd", "-l", "set=x", "-o", "name")).isNotEmpty();
        assertThat(kubectl.ok("describe", "gd", "one"))
                .containsPattern("Colour: +red")
                .containsPattern("Kind: +Gadget");
        assertThat(kubectl.ok("api-resources", "--api-group=tools.example.com"))
                .containsPattern("gadgets +gd +tools.example.com/v1 +true +Gadget");
        assertThat(kubectl.ok("explain", "gadget")).contains("A gadget is a thing of the workshop.", "What is wanted");
        assertThat(kubectl.ok("explain", "gadget.spec.parts")).contains("Parts by their name.", "count", "name");
        assertThat(kubectl.ok("explain", "gadgets", "--recursive")).contains("colour", "managedFields", "conditions");
    }

    @Test
    void dryRunsAndDiffs() {
        // of a kind that is built in and of one that isn't
        var map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {a: red}\n";
        for (var manifest : new String[] {GADGET, map}) {
            assertThat(kubectl.okWith(manifest, "apply", "--dry-run=client", "-f", "-"))
                    .endsWith("created (dry run)");
            assertThat(kubectl.okWith(manifest, "apply", "--dry-run=server", "-f", "-"))
                    .endsWith("created (server dry run)");
            assertThat(kubectl.run(manifest, "diff", "-f", "-").out()).contains("+  name: one");
            kubectl.apply(manifest);
            assertThat(kubectl.run(manifest, "diff", "-f", "-").code()).isZero();
            var changed = manifest.replace("red", "green");
            for (var side : new String[] {"--server-side=false", "--server-side=true"}) {
                var diff = kubectl.run(changed, "diff", side, "--force-conflicts=" + side.endsWith("true"), "-f", "-");
                assertThat(diff.code()).as(diff.err()).isEqualTo(1);
                assertThat(diff.out()).containsPattern("-  \\w+: red").containsPattern("\\+  \\w+: green");
            }
            assertThat(kubectl.okWith(changed, "apply", "--dry-run=server", "-o", "yaml", "-f", "-"))
                    .containsPattern("\n  \\w+: green");
            assertThat(kubectl.apply(manifest)).endsWith("unchanged");
            assertThat(kubectl.ok("delete", "-n", kubectl.namespace(), "--all", "--dry-run=server", "gadgets"))
                    .contains("(server dry run)");
        }
        assertThat(kubectl.get("gd/one", "{.spec.colour}")).isEqualTo("red");
    }

    @Test
    void appliesPatchesAndRefusals() {
        assertThat(kubectl.apply(GADGET)).endsWith("created");
        assertThat(kubectl.apply(GADGET.replace("{name: p1, count: 1}, ", ""))).endsWith("configured");
        assertThat(kubectl.get("gd/one", "{.spec.parts[*].name}")).isEqualTo("p2");
        assertThat(kubectl.okWith(GADGET, "apply", "--server-side", "--force-conflicts", "-f", "-"))
                .endsWith("serverside-applied");
        var part = """
            apiVersion: tools.example.com/v1
            kind: Gadget
            metadata: {name: one}
            spec: {colour: red, parts: [{name: p3}]}
            """;
        kubectl.okWith(part, "apply", "--server-side", "--field-manager=other", "-f", "-");
        assertThat(kubectl.get("gd/one", "{.spec.parts[*].name} {.spec.parts[*].count}"))
                .isEqualTo("p1 p2 p3 1 3 1");
        assertThat(kubectl.fails(
                        part.replace("red", "green"), "apply", "--server-side", "--field-manager=other", "-f", "-"))
                .contains("Apply failed with", "\"kubectl\"", ".spec.colour");
        kubectl.ok("patch", "gd", "one", "--type=merge", "-p", "{\"spec\":{\"note\":\"x\"}}");
        kubectl.ok(
                "patch",
                "gd",
                "one",
                "--type=json",
                "-p",
                "[{\"op\":\"test\",\"path\":\"/spec/note\",\"value\":\"x\"}]");
        assertThat(kubectl.fails("", "patch", "gd", "one", "-p", "{\"spec\":{\"note\":\"y\"}}"))
                .contains("the body of the request was in an unknown format - accepted media types include:"
                        + " application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
        kubectl.ok("label", "gd", "one", "a=b");
        kubectl.ok("annotate", "gd", "one", "c=d");
        assertThat(kubectl.fails(GADGET.replace("red", "blue"), "apply", "-f", "-"))
                .contains("spec.colour: Unsupported value: \"blue\": supported values: \"red\", \"green\"");
        var typo = GADGET.replace("colour", "color").replace("name: one", "name: two");
        if (kubectl.minor() >= 25) {
            assertThat(kubectl.fails(typo, "apply", "-f", "-"))
                    .contains(
                            "Gadget in version \"v1\" cannot be handled as a Gadget: strict decoding error: unknown field"
                                    + " \"spec.color\"");
        }
        assertThat(kubectl.fails(typo, "apply", "--validate=false", "-f", "-")).contains("spec.colour: Required value");
        assertThat(kubectl.fails("", "patch", "gd", "one", "--type=merge", "-p", "{\"spec\":{\"replicas\":-1}}"))
                .contains(
                        "spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0");
    }

    @Test
    void scaleStatusAndWait() {
        kubectl.apply(GADGET);
        assertThat(kubectl.ok("scale", "gadget/one", "--replicas=3")).endsWith("scaled");
        assertThat(kubectl.get("gd/one", "{.spec.replicas} {.metadata.generation}"))
                .isEqualTo("3 2");
        assertThat(kubectl.fails("", "scale", "gadget/one", "--current-replicas=1", "--replicas=4"))
                .contains("Expected replicas to be 1, was 3");
        assertThat(kubectl.fails("", "wait", "--for=condition=Ready", "gadget/one", "--timeout=1s"))
                .contains("timed out waiting for the condition");
        var path = "/apis/tools.example.com/v1/namespaces/" + kubectl.namespace() + "/gadgets/one";
        var status = """
            {"status": {"replicas": 3, "selector": "a=b", "conditions": [{"type": "Ready", "status": "True"}]},
            """;
        var written = status
                + kubectl.ok("get", "--raw", path).replace("red", "green").substring(1);
        kubectl.okWith(written, "replace", "--raw", path + "/status", "-f", "-");
        kubectl.ok("wait", "--for=condition=Ready", "gadget/one", "--timeout=30s");
        if (kubectl.minor() >= 23) {
            kubectl.ok("wait", "--for=jsonpath={.status.replicas}=3", "gadget/one", "--timeout=30s");
        }
        assertThat(kubectl.get("gd/one", "{.spec.colour} {.metadata.generation}"))
                .as("a status is written alone")
                .isEqualTo("red 2");
        assertThat(kubectl.ok("get", "--raw", path + "/scale"))
                .contains("\"spec\":{\"replicas\":3}", "\"status\":{\"replicas\":3,\"selector\":\"a=b\"}");
        kubectl.ok("autoscale", "gadget", "one", "--max=5");
        assertThat(kubectl.get("hpa/one", "{.spec.scaleTargetRef.kind}")).isEqualTo("Gadget");
    }

    @Test
    void prunesAndReplaces() {
        var map = """
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: beside, labels: {set: x}}
            """;
        if (kubectl.minor() >= 26) {
            kubectl.okWith(
                    GADGET + map,
                    "apply",
                    "--prune",
                    "-l",
                    "set=x",
                    "--prune-allowlist=core/v1/ConfigMap",
                    "--prune-allowlist=tools.example.com/v1/Gadget",
                    "-f",
                    "-");
            assertThat(kubectl.okWith(
                            map,
                            "apply",
                            "--prune",
                            "-l",
                            "set=x",
                            "--prune-allowlist=core/v1/ConfigMap",
                            "--prune-allowlist=tools.example.com/v1/Gadget",
                            "-f",
                            "-"))
                    .contains("configmap/beside unchanged", "gadget.tools.example.com/one pruned");
        }
        kubectl.apply(GADGET);
        kubectl.okWith(GADGET.replace("red", "green"), "replace", "-f", "-");
        kubectl.okWith(GADGET, "replace", "--force", "-f", "-");
        assertThat(kubectl.get("gd/one", "{.metadata.generation} {.spec.colour}"))
                .isEqualTo("1 red");
    }

    @Test
    void ownersQuotaAndRights() {
        kubectl.ok("create", "quota", "few", "--hard=count/gadgets.tools.example.com=1");
        kubectl.await("quota/few", "{.status.used.count/gadgets\\.tools\\.example\\.com}", "0");
        kubectl.apply(GADGET);
        assertThat(kubectl.fails(GADGET.replace("name: one", "name: two"), "create", "-f", "-"))
                .contains("exceeded quota: few, requested: count/gadgets.tools.example.com=1");
        kubectl.apply("""
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: owned
              ownerReferences: [{apiVersion: tools.example.com/v1, kind: Gadget, name: one, uid: %s}]
            """.formatted(kubectl.get("gd/one", "{.metadata.uid}")));
        kubectl.ok("delete", "gd", "one");
        kubectl.awaitGone("configmap/owned");
        kubectl.ok("create", "role", "viewer", "--verb=get,list", "--resource=gadgets.tools.example.com");
        kubectl.ok(
                "create",
                "rolebinding",
                "viewer",
                "--role=viewer",
                "--serviceaccount=" + kubectl.namespace() + ":default");
        var robot = "--as=system:serviceaccount:" + kubectl.namespace() + ":default";
        Waiting.until(
                "allowed",
                () -> kubectl.run("", "auth", "can-i", "list", "gadgets", robot).code(),
                code -> code == 0);
        assertThat(kubectl.run("", "auth", "can-i", "list", "gadgets", "--subresource=status", robot)
                        .code())
                .isEqualTo(1);
        assertThat(kubectl.ok("auth", "can-i", "--list", robot))
                .containsPattern("gadgets.tools.example.com +\\[\\] +\\[\\] +\\[get list\\]");
        assertThat(kubectl.fails(GADGET, "create", robot, "-f", "-"))
                .contains("gadgets.tools.example.com is forbidden: User \"" + robot.substring(5)
                        + "\" cannot create resource \"gadgets\" in API group \"tools.example.com\" in the namespace");
        kubectl.await("quota/few", "{.status.used.count/gadgets\\.tools\\.example\\.com}", "0");
        kubectl.apply(GADGET);
        cluster.ok("delete", "namespace", kubectl.namespace(), "--timeout=60s");
    }

    @Test
    void debugTopEventsAndTokens() {
        kubectl.ok("run", "solo", "--image=web:1");
        kubectl.ok("wait", "--for=condition=Ready", "pod/solo", "--timeout=30s");
        Waiting.until("usage", () -> kubectl.run("", "top", "pods").out(), text -> text.contains("solo"));
        if (kubectl.minor() < 26) {
            return; // the rest came later
        }
        kubectl.ok("debug", "solo", "--image=tools:1", "--target=solo", "--", "true");
        assertThat(kubectl.get("pod/solo", "{.spec.ephemeralContainers[0].image}"))
                .isEqualTo("tools:1");
        kubectl.ok("debug", "solo", "--image=tools:1", "--copy-to=second");
        assertThat(kubectl.get("pod/second", "{.spec.containers[*].image}")).isEqualTo("web:1 tools:1");
        Waiting.until("events", () -> kubectl.ok("events", "--for=pod/solo"), text -> text.contains("Started"));
        assertThat(kubectl.ok("create", "token", "default", "--bound-object-kind=Pod", "--bound-object-name=solo")
                        .split("\\."))
                .hasSize(3);
    }
}
