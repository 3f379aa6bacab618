package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Webhooks about what subresources take, and what is counted of them. JSON is written with single quotes. */
class SubresourceWebhooksTest {
    private static final String CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/";
    private static final String PODS = "/api/v1/namespaces/default/pods";

    private final TestApi api = new TestApi();
    private final HookServer hooks;

    SubresourceWebhooksTest() throws Exception {
        hooks = new HookServer();
    }

    @AfterEach
    void close() {
        api.close();
        hooks.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private void configure(String kind, String client, String resource, String more) {
        var group = resource.startsWith("deployments") ? "apps" : "";
        api.post(
                        CONFIGURATIONS + kind.toLowerCase(java.util.Locale.ROOT) + "webhookconfigurations",
                        json("{'kind':'" + kind
                                + "WebhookConfiguration','apiVersion':'admissionregistration.k8s.io/v1','metadata':"
                                + "{'name':'it'},'webhooks':[{'name':'it.example.com','admissionReviewVersions':['v1'],"
                                + "'sideEffects':'None','clientConfig':" + client + ",'rules':[{'apiGroups':['" + group
                                + "'],'apiVersions':['v1'],'operations':['*'],'resources':['" + resource + "']}]" + more
                                + "}]}"))
                .expect(201);
    }

    private void pod() {
        api.post(
                        "/api/v1/namespaces/default/serviceaccounts",
                        json("{'kind':'ServiceAccount','apiVersion':'v1','metadata':{'name':'default'}}"))
                .expect(201);
        api.post(
                        PODS,
                        json("{'kind':'Pod','apiVersion':'v1','metadata':{'name':'p'},'spec':{'containers':"
                                + "[{'name':'c','image':'i'}]}}"))
                .expect(201);
    }

    @Test
    void aScaleIsShownAndChangedAsAScale() {
        api.post(
                        "/apis/apps/v1/namespaces/default/deployments",
                        json("{'kind':'Deployment','apiVersion':'apps/v1','metadata':{'name':'d'},'spec':{'replicas':1,"
                                + "'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},"
                                + "'spec':{'containers':[{'name':'c','image':'i'}]}}}}"))
                .expect(201);
        hooks.onAdmission("/it", r -> HookServer.patching(r, "[{'op':'replace','path':'/spec/replicas','value':3}]"));
        configure("Mutating", hooks.config("/it"), "deployments/scale", "");
        var scaled = api.mergePatch(
                        "/apis/apps/v1/namespaces/default/deployments/d/scale", json("{'spec':{'replicas':9}}"))
                .expect(200);
        assertThat(Tree.number(scaled.json(), 0, "spec", "replicas")).isEqualTo(3);
        var request = hooks.asked.getFirst().request();
        assertThat(request.get("kind")).hasToString(json("{'group':'autoscaling','version':'v1','kind':'Scale'}"));
        assertThat(request.get("resource"))
                .hasToString(json("{'group':'apps','version':'v1','resource':'deployments'}"));
        assertThat(Tree.text(request, "subResource")).isEqualTo("scale");
        assertThat(Tree.text(request, "operation")).isEqualTo("UPDATE");
        assertThat(Tree.number(request, 0, "object", "spec", "replicas")).isEqualTo(9);
        assertThat(Tree.number(request, 0, "oldObject", "spec", "replicas")).isEqualTo(1);
        assertThat(hooks.asked).hasSize(1);
    }

    @Test
    void aBindingIsShownAsABinding() {
        hooks.onAdmission("/it", r -> r);
        configure("Validating", hooks.config("/it"), "pods/binding", "");
        pod();
        api.post(
                        PODS + "/p/binding",
                        json("{'kind':'Binding','apiVersion':'v1','metadata':{'name':'p'},'target':{'kind':'Node',"
                                + "'name':'n'}}"))
                .expect(201);
        assertThat(hooks.asked).hasSize(1);
        var request = hooks.asked.getFirst().request();
        assertThat(request.get("kind")).hasToString(json("{'group':'','version':'v1','kind':'Binding'}"));
        assertThat(Tree.text(request, "operation")).isEqualTo("CREATE");
        assertThat(Tree.text(request, "object", "target", "name")).isEqualTo("n");
        assertThat(request.get("oldObject").isNull()).isTrue();
    }

    @Test
    void anEvictionMayBeRefused() {
        hooks.onAdmission("/it", r -> r.put("allowed", false));
        configure("Validating", hooks.config("/it"), "pods/eviction", "");
        pod();
        var eviction = json("{'kind':'Eviction','apiVersion':'policy/v1','metadata':{'name':'p'}}");
        assertThat(api.post(PODS + "/p/eviction", eviction).expect(400).message())
                .isEqualTo("admission webhook \"it.example.com\" denied the request without explanation");
        assertThat(hooks.asked.getFirst().request().get("kind"))
                .hasToString(json("{'group':'policy','version':'v1','kind':'Eviction'}"));
        api.get(PODS + "/p").expect(200);
        api.delete(CONFIGURATIONS + "validatingwebhookconfigurations/it", "").expect(200);
        api.post(PODS + "/p/eviction", eviction).expect(201);
        api.get(PODS + "/p").expect(404);
    }

    @Test
    void callsAreCountedUnderUpstreamsNames() throws IOException {
        var registry = new PrometheusRegistry();
        api.registry.register(registry);
        hooks.onAdmission("/it", r -> r.put("allowed", false));
        configure("Validating", hooks.config("/it"), "configmaps", "");
        var map = json("{'kind':'ConfigMap','apiVersion':'v1','metadata':{'name':'a'}}");
        api.post("/api/v1/namespaces/default/configmaps", map).expect(400);
        api.delete(CONFIGURATIONS + "validatingwebhookconfigurations/it", "").expect(200);
        configure("Mutating", "{'url':'https://127.0.0.1:1/'}", "configmaps", ",'failurePolicy':'Ignore'");
        api.post("/api/v1/namespaces/default/configmaps", map).expect(201);
        var text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.builder().build().write(text, registry.scrape());
        assertThat(text.toString(StandardCharsets.UTF_8))
                .contains(
                        "apiserver_admission_webhook_rejection_count{error_type=\"no_error\",name=\"it.example.com\","
                                + "operation=\"CREATE\",rejection_code=\"400\",type=\"validating\"} 1",
                        "apiserver_admission_webhook_request_total{code=\"400\",name=\"it.example.com\",operation=\"CREATE\","
                                + "rejected=\"true\",type=\"validating\"} 1",
                        "apiserver_admission_webhook_request_total{code=\"503\",name=\"it.example.com\",operation=\"CREATE\","
                                + "rejected=\"false\",type=\"admit\"} 1",
                        "apiserver_admission_webhook_fail_open_count{name=\"it.example.com\",type=\"admit\"} 1",
                        "apiserver_admission_webhook_admission_duration_seconds_count{name=\"it.example.com\","
                                + "operation=\"CREATE\",rejected=\"true\",type=\"validating\"} 1",
                        "apiserver_admission_step_admission_duration_seconds_count{operation=\"CREATE\",rejected=\"true\","
                                + "type=\"validate\"} 1",
                        "apiserver_admission_controller_admission_duration_seconds_count{"
                                + "name=\"ValidatingAdmissionWebhook\",operation=\"CREATE\",rejected=\"true\","
                                + "type=\"validate\"} 1",
                        "apiserver_admission_controller_admission_duration_seconds_count{"
                                + "name=\"MutatingAdmissionWebhook\",operation=\"DELETE\",rejected=\"false\","
                                + "type=\"admit\"} 1")
                .doesNotContain(
                        "name=\"MutatingAdmissionWebhook\",operation=\"CREATE\",rejected=\"false\",type=\"validate\"");
    }

    @Test
    void whatMatchConditionsDecideIsCounted() throws IOException {
        var registry = new PrometheusRegistry();
        api.registry.register(registry);
        hooks.onAdmission("/it", r -> r);
        configure(
                "Validating",
                hooks.config("/it"),
                "configmaps",
                ",'failurePolicy':'Ignore','matchConditions':[{'name':'data','expression':'object.data.x == \"1\"'}]"
                        .replace("\"", "\\\""));
        var maps = "/api/v1/namespaces/default/configmaps";
        var form = "{'kind':'ConfigMap','apiVersion':'v1','metadata':{'generateName':'a-'}%s}";
        api.post(maps, json(form.formatted(",'data':{'x':'1'}"))).expect(201); // asked
        api.post(maps, json(form.formatted(",'data':{'x':'2'}"))).expect(201); // excluded
        api.post(maps, json(form.formatted(""))).expect(201); // can't be told, and that does not matter
        assertThat(hooks.asked).hasSize(1);
        var text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.builder().build().write(text, registry.scrape());
        var labels = "{kind=\"webhook\",name=\"it.example.com\",operation=\"CREATE\",type=\"validate\"} ";
        assertThat(text.toString(StandardCharsets.UTF_8))
                .contains(
                        "apiserver_admission_match_condition_evaluation_seconds_count" + labels + "3",
                        "apiserver_admission_match_condition_exclusions_total" + labels + "2",
                        "apiserver_admission_match_condition_evaluation_errors_total" + labels + "1");
    }
}
