package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.registry.TestApi.Answer;
import dev.navarch.apiserver.request.AuditAnnotations;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Write;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** JSON is written with single quotes. */
class AdmissionWebhooksTest {
    private static final String CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/";
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String MAP_RULE =
            "'rules':[{'apiGroups':[''],'apiVersions':['v1'],'operations':['*'],'resources':['configmaps']}]";

    private final TestApi api = new TestApi();
    private final HookServer hooks;

    AdmissionWebhooksTest() throws Exception {
        hooks = new HookServer();
    }

    @BeforeEach
    void start() throws InterruptedException {
        api.registry.start();
    }

    @AfterEach
    void close() {
        api.close();
        hooks.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static String map(String name, String data) {
        return json("{'kind':'ConfigMap','apiVersion':'v1','metadata':{'name':'" + name + "'},'data':" + data + "}");
    }

    /** Configures one webhook at a path of the same name. */
    private Answer configure(String kind, String name, String more) {
        return configureAt(kind, name, hooks.config("/" + name), more);
    }

    private Answer configureAt(String kind, String name, String client, String more) {
        return api.post(
                        CONFIGURATIONS + kind.toLowerCase(java.util.Locale.ROOT) + "webhookconfigurations",
                        json("{'kind':'" + kind
                                + "WebhookConfiguration','apiVersion':'admissionregistration.k8s.io/v1',"
                                + "'metadata':{'name':'" + name + "'},'webhooks':[{'name':'" + name
                                + ".example.com','admissionReviewVersions':['v1'],'sideEffects':'None','clientConfig':"
                                + client + (more.isEmpty() ? "" : ",") + more + "}]}"))
                .expect(201);
    }

    @Test
    void aWebhookRefusesInItsOwnWords() {
        hooks.onAdmission("/deny", response -> {
            response.put("allowed", false).putArray("warnings").add("mind the gap");
            response.putObject("status")
                    .put("message", "not today")
                    .put("code", 403)
                    .put("reason", "Forbidden");
            return response;
        });
        configure("Validating", "deny", MAP_RULE);
        var refused = api.post(MAPS, map("a", "{}")).expect(403);
        assertThat(refused.message()).isEqualTo("admission webhook \"deny.example.com\" denied the request: not today");
        assertThat(refused.reason()).isEqualTo("Forbidden");
        var asked = hooks.asked.getFirst();
        assertThat(asked.query()).isEqualTo("timeout=10s");
        var request = asked.request();
        assertThat(request.get("kind").toString()).isEqualTo(json("{'group':'','version':'v1','kind':'ConfigMap'}"));
        assertThat(request.get("resource").toString())
                .isEqualTo(json("{'group':'','version':'v1','resource':'configmaps'}"));
        assertThat(Tree.text(request, "operation")).isEqualTo("CREATE");
        assertThat(Tree.text(request, "namespace")).isEqualTo("default");
        assertThat(Tree.text(request, "userInfo", "username")).isEqualTo("tester");
        assertThat(Tree.text(request, "object", "metadata", "name")).isEqualTo("a");
        assertThat(request.get("oldObject").isNull()).isTrue();
        assertThat(Tree.text(request, "options", "kind")).isEqualTo("CreateOptions");
        // other resources are none of its business, nor is its own configuration
        api.post("/api/v1/namespaces", json("{'kind':'Namespace','apiVersion':'v1','metadata':{'name':'n'}}"))
                .expect(201);
        api.delete(CONFIGURATIONS + "validatingwebhookconfigurations/deny", "").expect(200);
        api.post(MAPS, map("a", "{}")).expect(201);
        assertThat(hooks.asked).hasSize(1);
    }

    @Test
    void withoutWordsOfItsOwnARefusalIsUnexplained() {
        hooks.onAdmission("/deny", response -> response.put("allowed", false));
        configure("Validating", "deny", MAP_RULE);
        assertThat(api.post(MAPS, map("a", "{}")).expect(400).message())
                .isEqualTo("admission webhook \"deny.example.com\" denied the request without explanation");
    }

    @Test
    void webhooksSeeUpdatesAndDeletions() {
        hooks.onAdmission("/see", response -> {
            response.putArray("warnings").add("seen");
            return response;
        });
        api.post(MAPS, map("a", "{'x':'1'}")).expect(201);
        configure("Validating", "see", MAP_RULE);
        var updated = api.put(MAPS + "/a", map("a", "{'x':'2'}")).expect(200);
        assertThat(updated.headers().first("Warning")).contains("299 - \"seen\"");
        var deleted = api.delete(MAPS + "/a", "").expect(200);
        assertThat(deleted.headers().first("Warning")).contains("299 - \"seen\"");
        var update = hooks.asked.get(0).request();
        assertThat(Tree.text(update, "operation")).isEqualTo("UPDATE");
        assertThat(Tree.text(update, "oldObject", "data", "x")).isEqualTo("1");
        assertThat(Tree.text(update, "object", "data", "x")).isEqualTo("2");
        var delete = hooks.asked.get(1).request();
        assertThat(Tree.text(delete, "operation")).isEqualTo("DELETE");
        assertThat(delete.get("object").isNull()).isTrue();
        assertThat(Tree.text(delete, "oldObject", "data", "x")).isEqualTo("2");
    }

    @Test
    void webhooksChangeObjectsAndSeeEachOthersChanges() {
        hooks.onAdmission("/a-first", r -> HookServer.patching(r, "[{'op':'add','path':'/data/first','value':'1'}]"));
        hooks.onAdmission("/b-second", r -> HookServer.patching(r, "[{'op':'add','path':'/data/second','value':'2'}]"));
        configure("Mutating", "b-second", MAP_RULE);
        configure("Mutating", "a-first", MAP_RULE + ",'reinvocationPolicy':'IfNeeded'");
        var created = api.post(MAPS, map("a", "{'x':'0'}")).expect(201);
        assertThat(created.json().get("data").toString()).isEqualTo(json("{'first':'1','second':'2','x':'0'}"));
        assertThat(hooks.paths()).containsExactly("/a-first", "/b-second", "/a-first");
        assertThat(Tree.text(hooks.asked.get(1).request(), "object", "data", "first"))
                .isEqualTo("1");
    }

    @Test
    void policiesComeBeforeWebhooksAndAgainAfterThem() {
        var policies = new PolicyFixture(api);
        policies.mutating("sees", """
                reinvocationPolicy: IfNeeded
                mutations:
                - patchType: ApplyConfiguration
                  applyConfiguration:
                    expression: "Object{data: {'seen': string(has(object.data.hooked)), 'policy': 'yes'}}"
                """);
        hooks.onAdmission("/hook", r -> HookServer.patching(r, "[{'op':'add','path':'/data/hooked','value':'1'}]"));
        configure("Mutating", "hook", MAP_RULE);
        var created = api.post(MAPS, map("a", "{}")).expect(201);
        assertThat(created.json().get("data").toString())
                .isEqualTo(json("{'hooked':'1','policy':'yes','seen':'true'}"));
        assertThat(Tree.text(hooks.asked.getFirst().request(), "object", "data", "seen"))
                .isEqualTo("false");
        assertThat(hooks.paths()).containsExactly("/hook");
    }

    @Test
    void whatAPatchMakesOfAnObjectIsValidated() {
        hooks.onAdmission("/spoil", r -> HookServer.patching(r, "[{'op':'add','path':'/data/no~1key','value':'1'}]"));
        configure("Mutating", "spoil", MAP_RULE);
        assertThat(api.post(MAPS, map("a", "{'x':'0'}")).expect(422).message()).contains("data[no/key]: Invalid value");
        hooks.onAdmission("/spoil", r -> HookServer.patching(r, "[{'op':'add','path':'/data','value':7}]"));
        api.post(MAPS, map("a", "{'x':'0'}")).expect(500);
        hooks.onAdmission("/spoil", r -> r.put("patch", "bm8="));
        assertThat(api.post(MAPS, map("a", "{'x':'0'}")).expect(500).message())
                .isEqualTo(
                        "Internal error occurred: failed calling webhook \"spoil.example.com\": received invalid webhook"
                                + " response: webhook returned response.patch but not response.patchType");
    }

    @Test
    void aWebhookThatCantBeAskedFailsTheRequestUnlessItIsIgnored() {
        configure("Validating", "absent", MAP_RULE);
        assertThat(api.post(MAPS, map("a", "{}")).expect(500).message())
                .isEqualTo("Internal error occurred: failed calling webhook \"absent.example.com\": failed to call"
                        + " webhook: the server could not find the requested resource");
        api.delete(CONFIGURATIONS + "validatingwebhookconfigurations/absent", "")
                .expect(200);
        configure("Validating", "absent", MAP_RULE + ",'failurePolicy':'Ignore'");
        api.post(MAPS, map("a", "{}")).expect(201);
        assertThat(hooks.paths()).containsExactly("/absent", "/absent");
    }

    @Test
    void redirectsAreNotFollowed() {
        hooks.onAdmission("/there", r -> r);
        hooks.redirect("/here", "/there");
        configure("Validating", "here", MAP_RULE);
        assertThat(api.post(MAPS, map("a", "{}")).expect(500).message())
                .isEqualTo("Internal error occurred: failed calling webhook \"here.example.com\": failed to call"
                        + " webhook: the server responded with the status code 307 but did not return more information"
                        + " (post)");
        assertThat(hooks.paths()).containsExactly("/here");
    }

    @Test
    void connectionsAreUsedAgain() {
        hooks.onAdmission("/one", r -> r);
        hooks.onAdmission("/two", r -> r);
        configure("Mutating", "one", MAP_RULE);
        configure("Validating", "two", MAP_RULE);
        for (var name : new String[] {"a", "b", "c"}) {
            api.post(MAPS, map(name, "{}")).expect(201);
        }
        assertThat(hooks.asked).hasSize(6);
        assertThat(hooks.asked.stream().map(HookServer.Asked::connection).distinct())
                .hasSizeLessThan(hooks.asked.size());
    }

    @Test
    void webhooksTellTheAuditLog() throws Exception {
        hooks.onAdmission("/tells", r -> {
            r.putObject("auditAnnotations").put("why", "because");
            return r;
        });
        configure("Validating", "tells", MAP_RULE);
        var audit = new AuditAnnotations();
        ScopedValue.where(AuditAnnotations.CURRENT, audit)
                .call(() -> api.post(MAPS, map("a", "{}")))
                .expect(201);
        assertThat(audit.all()).containsEntry("tells.example.com/why", "because");
    }

    @Test
    void aServerOfAnotherAuthorityIsNotTrusted() {
        var other = hooks.config("/other").replaceAll(",\"caBundle.*", "}");
        configureAt("Validating", "other", other, MAP_RULE);
        assertThat(api.post(MAPS, map("a", "{}")).expect(500).message())
                .endsWith("tls: failed to verify certificate: x509: certificate signed by unknown authority");
    }

    @Test
    void aWebhookHasItsTimeAndNoMore() {
        var never = new CountDownLatch(1);
        hooks.onAdmission("/slow", response -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return response;
        });
        configure("Validating", "slow", MAP_RULE + ",'timeoutSeconds':1");
        assertThat(api.post(MAPS, map("a", "{}")).expect(500).message())
                .startsWith(
                        "Internal error occurred: failed calling webhook \"slow.example.com\": failed to call webhook:"
                                + " Post \"https://127.0.0.1:" + hooks.port()
                                + "/slow?timeout=1s\": context deadline exceeded");
        never.countDown();
    }

    @Test
    void selectorsAndConditionsNarrowWhatAWebhookSees() {
        hooks.onAdmission("/deny", response -> response.put("allowed", false));
        configure(
                "Validating",
                "deny",
                MAP_RULE + ",'objectSelector':{'matchLabels':{'watched':'yes'}},"
                        + "'matchConditions':[{'name':'c','expression':'object.data.x == \\'1\\' && request.operation =="
                                .replace("\\'", "\\\"")
                        + " \\\"CREATE\\\" && authorizer.group(\\\"\\\").resource(\\\"pods\\\").check(\\\"get\\\").allowed()'}]");
        api.post(MAPS, map("a", "{'x':'1'}")).expect(201);
        var labelled = "{'name':'b','labels':{'watched':'yes'}}";
        api.post(MAPS, json("{'kind':'ConfigMap','apiVersion':'v1','metadata':" + labelled + ",'data':{'x':'2'}}"))
                .expect(201);
        assertThat(hooks.asked).isEmpty();
        api.post(MAPS, json("{'kind':'ConfigMap','apiVersion':'v1','metadata':" + labelled + ",'data':{'x':'1'}}"))
                .expect(400);
        // a condition that can't be evaluated fails the request
        var failed = api.post(MAPS, json("{'kind':'ConfigMap','apiVersion':'v1','metadata':" + labelled + "}"))
                .expect(403);
        assertThat(failed.message()).contains("resulted in error: no such key: data");
        assertThat(hooks.asked).hasSize(1);
    }

    @Test
    void namespacesAreSelectedByTheirLabels() {
        hooks.onAdmission("/deny", response -> response.put("allowed", false));
        configure("Validating", "deny", MAP_RULE + ",'namespaceSelector':{'matchLabels':{'strict':'yes'}}");
        api.post(MAPS, map("a", "{}")).expect(201);
        api.post(
                        "/api/v1/namespaces",
                        json(
                                "{'kind':'Namespace','apiVersion':'v1','metadata':{'name':'n','labels':{'strict':'yes'}}}"))
                .expect(201);
        api.post("/api/v1/namespaces/n/configmaps", map("a", "{}")).expect(400);
    }

    @Test
    void aWebhookWithSideEffectsIsNotAskedForADryRun() {
        hooks.onAdmission("/effects", response -> response);
        configure("Validating", "effects", MAP_RULE);
        api.post(MAPS + "?dryRun=All", map("a", "{}")).expect(201);
        assertThat(Tree.flag(hooks.asked.getFirst().request(), false, "dryRun")).isTrue();
        // the API refuses such a webhook by now, but there may be old ones
        var effects = api.get(CONFIGURATIONS + "validatingwebhookconfigurations/effects")
                .body()
                .replace("\"None\"", "\"Some\"");
        var key = "/registry/admissionregistration.k8s.io/validatingwebhookconfigurations/effects";
        var stored = api.store.get(key).orElseThrow();
        var draft = new Draft(effects.strip().getBytes(StandardCharsets.UTF_8), -1, Optional.empty());
        api.store.write(new Write.Update(key, stored.revision(), draft));
        assertThat(api.post(MAPS + "?dryRun=All", map("a", "{}")).expect(400).message())
                .isEqualTo("admission webhook \"effects.example.com\" does not support dry run");
        assertThat(hooks.asked).hasSize(1);
        api.post(MAPS, map("a", "{}")).expect(201);
    }

    @Test
    void anEquivalentRequestIsShownInTheVersionThatTheRuleNames() {
        hooks.onAdmission("/equal", response -> response);
        hooks.onAdmission("/exact", response -> response);
        var rule = "'rules':[{'apiGroups':['autoscaling'],'apiVersions':['v1'],'operations':['CREATE'],"
                + "'resources':['horizontalpodautoscalers']}]";
        configure("Validating", "equal", rule);
        configure("Validating", "exact", rule + ",'matchPolicy':'Exact'");
        api.post(
                        "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
                        json(
                                "{'kind':'HorizontalPodAutoscaler','apiVersion':'autoscaling/v2','metadata':{'name':'a'},"
                                        + "'spec':{'maxReplicas':3,'scaleTargetRef':{'kind':'Deployment','name':'d','apiVersion':'apps/v1'},"
                                        + "'metrics':[{'type':'Resource','resource':{'name':'cpu','target':{'type':'Utilization','averageUtilization':60}}}]}}"))
                .expect(201);
        assertThat(hooks.paths()).containsExactly("/equal");
        var request = hooks.asked.getFirst().request();
        assertThat(Tree.text(request, "kind", "version")).isEqualTo("v1");
        assertThat(Tree.text(request, "requestKind", "version")).isEqualTo("v2");
        assertThat(Tree.text(request, "object", "apiVersion")).isEqualTo("autoscaling/v1");
        assertThat(Tree.number(request, 0, "object", "spec", "targetCPUUtilizationPercentage"))
                .isEqualTo(60);
    }

    @Test
    void aServiceIsCalledAtItsEndpointsByItsName() {
        hooks.onAdmission("/deny", response -> response.put("allowed", false));
        var service = "{'service':{'namespace':'default','name':'hook','path':'/deny','port':443},'caBundle':'"
                + hooks.authority() + "'}";
        configureAt("Validating", "behind", service, MAP_RULE);
        assertThat(api.post(MAPS, map("a", "{}")).expect(500).message())
                .isEqualTo(
                        "Internal error occurred: failed calling webhook \"behind.example.com\": failed to call webhook:"
                                + " Post \"https://hook.default.svc:443/deny?timeout=10s\": service \"hook\" not found");
        api.post(
                        "/api/v1/namespaces/default/services",
                        json(
                                "{'kind':'Service','apiVersion':'v1','metadata':{'name':'hook'},'spec':{'ports':[{'port':443}]}}"))
                .expect(201);
        assertThat(api.post(MAPS, map("a", "{}")).expect(500).message())
                .endsWith("no endpoints available for service \"hook\"");
        external("hook2");
        var other = service.replace("'hook'", "'hook2'").replace("443", "" + hooks.port());
        configureAt("Validating", "behind2", other, MAP_RULE);
        api.delete(CONFIGURATIONS + "validatingwebhookconfigurations/behind", "")
                .expect(200);
        assertThat(api.post(MAPS, map("a", "{}")).expect(500).message())
                .endsWith("tls: failed to verify certificate: x509: certificate is valid for localhost,"
                        + " hook.default.svc, not hook2.default.svc");
        api.delete("/api/v1/namespaces/default/services/hook", "").expect(200);
        external("hook");
        api.delete(CONFIGURATIONS + "validatingwebhookconfigurations/behind2", "")
                .expect(200);
        configureAt("Validating", "behind", service.replace("443", "" + hooks.port()), MAP_RULE);
        assertThat(api.post(MAPS, map("a", "{}")).expect(400).message()).contains("denied the request");
    }

    private void external(String name) {
        api.post(
                        "/api/v1/namespaces/default/services",
                        json("{'kind':'Service','apiVersion':'v1','metadata':{'name':'" + name
                                + "'},'spec':{'type':'ExternalName','externalName':'localhost'}}"))
                .expect(201);
    }
}
