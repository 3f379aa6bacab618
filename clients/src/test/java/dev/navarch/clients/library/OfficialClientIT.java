package dev.navarch.clients.library;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.navarch.cli.Kubectl;
import dev.navarch.cli.Waiting;
import dev.navarch.clients.SharedCluster;
import io.kubernetes.client.Discovery;
import io.kubernetes.client.ProtoClient;
import io.kubernetes.client.common.KubernetesListObject;
import io.kubernetes.client.common.KubernetesObject;
import io.kubernetes.client.custom.V1Patch;
import io.kubernetes.client.informer.ResourceEventHandler;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1ListMeta;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.proto.V1.ConfigMap;
import io.kubernetes.client.proto.V1.ConfigMapList;
import io.kubernetes.client.util.Config;
import io.kubernetes.client.util.ModelMapper;
import io.kubernetes.client.util.Watch;
import io.kubernetes.client.util.Yaml;
import io.kubernetes.client.util.generic.GenericKubernetesApi;
import io.kubernetes.client.util.generic.dynamic.DynamicKubernetesApi;
import io.kubernetes.client.util.generic.dynamic.DynamicKubernetesObject;
import io.kubernetes.client.util.generic.options.CreateOptions;
import io.kubernetes.client.util.generic.options.ListOptions;
import io.kubernetes.client.util.generic.options.PatchOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The official Java client. */
@ExtendWith(SharedCluster.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OfficialClientIT {
    private static final String NAMESPACE = "official";

    private Kubectl kubectl;
    private ApiClient client;
    private CoreV1Api core;

    @BeforeAll
    void connect(Kubectl cluster) throws Exception {
        cluster.ok("create", "namespace", NAMESPACE);
        kubectl = cluster.in(NAMESPACE);
        client = Config.fromConfig(cluster.kubeconfig().toString());
        core = new CoreV1Api(client);
    }

    /** A model as the client's generator makes one of a definition. */
    public static final class Lamp implements KubernetesObject {
        String apiVersion = "lamps.example.com/v1";
        String kind = "Lamp";
        V1ObjectMeta metadata;
        Map<String, Object> spec;

        public void setApiVersion(String apiVersion) {
            this.apiVersion = apiVersion;
        }

        public void setKind(String kind) {
            this.kind = kind;
        }

        public void setMetadata(V1ObjectMeta metadata) {
            this.metadata = metadata;
        }

        public void setSpec(Map<String, Object> spec) {
            this.spec = spec;
        }

        @Override
        public V1ObjectMeta getMetadata() {
            return metadata;
        }

        @Override
        public String getApiVersion() {
            return apiVersion;
        }

        @Override
        public String getKind() {
            return kind;
        }
    }

    /** Many of them. */
    public static final class LampList implements KubernetesListObject {
        String apiVersion;
        String kind;
        V1ListMeta metadata;
        List<Lamp> items;

        @Override
        public V1ListMeta getMetadata() {
            return metadata;
        }

        @Override
        public List<Lamp> getItems() {
            return items;
        }

        @Override
        public String getApiVersion() {
            return apiVersion;
        }

        @Override
        public String getKind() {
            return kind;
        }
    }

    private static V1ConfigMap map(String name, String value) {
        return new V1ConfigMap()
                .metadata(new V1ObjectMeta().name(name).putLabelsItem("of", name.replaceAll("-.*", "")))
                .putDataItem("a", value);
    }

    @Test
    void objectsListsAndWatches() throws Exception {
        core.createNamespacedConfigMap(NAMESPACE, map("listed-one", "1")).execute();
        core.createNamespacedConfigMap(NAMESPACE, map("listed-two", "2")).execute();
        var page = core.listNamespacedConfigMap(NAMESPACE)
                .labelSelector("of=listed")
                .limit(1)
                .execute();
        assertThat(page.getItems()).hasSize(1);
        assertThat(page.getMetadata().getRemainingItemCount()).isNull();
        var rest = core.listNamespacedConfigMap(NAMESPACE)
                .labelSelector("of=listed")
                ._continue(page.getMetadata().getContinue())
                .execute();
        assertThat(rest.getItems()).extracting(m -> m.getMetadata().getName()).containsExactly("listed-two");
        assertThat(rest.getMetadata().getResourceVersion())
                .isEqualTo(page.getMetadata().getResourceVersion());
        var call = core.listNamespacedConfigMap(NAMESPACE)
                .labelSelector("of=listed")
                .resourceVersion(page.getMetadata().getResourceVersion())
                .watch(true)
                .buildCall(null);
        try (Watch<V1ConfigMap> watch = Watch.createWatch(
                client, call, new com.google.gson.reflect.TypeToken<Watch.Response<V1ConfigMap>>() {}.getType())) {
            core.replaceNamespacedConfigMap("listed-one", NAMESPACE, map("listed-one", "changed"))
                    .execute();
            var event = watch.next();
            assertThat(event.type).isEqualTo("MODIFIED");
            assertThat(event.object.getData()).containsEntry("a", "changed");
            core.deleteNamespacedConfigMap("listed-one", NAMESPACE).execute();
            assertThat(watch.next().type).isEqualTo("DELETED");
        }
    }

    @Test
    void informersFollow() throws Exception {
        var factory = new SharedInformerFactory(client);
        var maps = new GenericKubernetesApi<>(V1ConfigMap.class, V1ConfigMapList.class, "", "v1", "configmaps", client);
        var informer = factory.sharedIndexInformerFor(maps, V1ConfigMap.class, 0, NAMESPACE);
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        informer.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(V1ConfigMap map) {
                if (map.getMetadata().getName().startsWith("informed")) {
                    seen.add("add " + map.getMetadata().getName());
                }
            }

            @Override
            public void onUpdate(V1ConfigMap before, V1ConfigMap now) {
                seen.add("update " + before.getData() + " " + now.getData());
            }

            @Override
            public void onDelete(V1ConfigMap map, boolean unknown) {
                seen.add("delete " + map.getMetadata().getName());
            }
        });
        factory.startAllRegisteredInformers();
        try {
            Waiting.until("synced", informer::hasSynced, synced -> synced);
            core.createNamespacedConfigMap(NAMESPACE, map("informed", "1")).execute();
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isEqualTo("add informed");
            core.replaceNamespacedConfigMap("informed", NAMESPACE, map("informed", "2"))
                    .execute();
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isEqualTo("update {a=1} {a=2}");
            assertThat(informer.getIndexer().getByKey(NAMESPACE + "/informed").getData())
                    .containsEntry("a", "2");
            core.deleteNamespacedConfigMap("informed", NAMESPACE).execute();
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isEqualTo("delete informed");
        } finally {
            factory.stopAllRegisteredInformers();
        }
    }

    @Test
    void patchesInEveryForm() throws Exception {
        var deployments = new GenericKubernetesApi<>(
                V1Deployment.class,
                io.kubernetes.client.openapi.models.V1DeploymentList.class,
                "apps",
                "v1",
                "deployments",
                client);
        var manifest = """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":1,
             "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
              "spec":{"containers":[{"name":"web","image":"web:1"}]}}}}
            """;
        var apply = new PatchOptions();
        apply.setFieldManager("official");
        apply.setForce(true);
        deployments
                .patch(NAMESPACE, "web", V1Patch.PATCH_FORMAT_APPLY_YAML, new V1Patch(manifest), apply)
                .throwsApiException();
        // the library leaves managed fields out of what it reads
        assertThat(kubectl.get("deployment/web", "{.metadata.managedFields[0].manager}"))
                .isEqualTo("official");
        var strategic = deployments
                .patch(
                        NAMESPACE,
                        "web",
                        V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH,
                        new V1Patch(
                                "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"side\",\"image\":\"s:1\"}]}}}}"))
                .getObject();
        assertThat(strategic.getSpec().getTemplate().getSpec().getContainers())
                .extracting(c -> c.getName())
                .containsExactly("side", "web");
        var json = deployments
                .patch(
                        NAMESPACE,
                        "web",
                        V1Patch.PATCH_FORMAT_JSON_PATCH,
                        new V1Patch("[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":2}]"))
                .getObject();
        assertThat(json.getSpec().getReplicas()).isEqualTo(2);
        var merge = deployments
                .patch(
                        NAMESPACE,
                        "web",
                        V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH,
                        new V1Patch("{\"metadata\":{\"labels\":{\"x\":\"y\"}}}"))
                .getObject();
        assertThat(merge.getMetadata().getLabels()).containsEntry("x", "y");
        assertThat(deployments.delete(NAMESPACE, "web").isSuccess()).isTrue();
    }

    @Test
    @Timeout(300)
    void customObjectsByModelAndWithout() throws Exception {
        kubectl.apply("""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: lamps.lamps.example.com}
            spec:
              group: lamps.example.com
              scope: Namespaced
              names: {plural: lamps, singular: lamp, kind: Lamp}
              versions:
              - name: v1
                served: true
                storage: true
                subresources: {status: {}}
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec: {type: object, properties: {watts: {type: integer, maximum: 100}}}
                      status: {type: object, properties: {lit: {type: boolean}}}
            """);
        kubectl.awaitEstablished("crd/lamps.lamps.example.com");
        Waiting.until(
                "discovered",
                () -> ModelMapper.refresh(new Discovery(client), Duration.ZERO),
                all -> all.stream().anyMatch(r -> r.getKind().equals("Lamp")));
        ModelMapper.addModelMap("lamps.example.com", "v1", "Lamp", "lamps", true, Lamp.class, LampList.class);
        var parsed = (Lamp) Yaml.load("""
            apiVersion: lamps.example.com/v1
            kind: Lamp
            metadata: {name: desk, namespace: official}
            spec: {watts: 40}
            """);
        var lamps = new GenericKubernetesApi<>(Lamp.class, LampList.class, "lamps.example.com", "v1", "lamps", client);
        var created =
                lamps.create(parsed, new CreateOptions()).throwsApiException().getObject();
        assertThat(created.spec).containsEntry("watts", 40.0);
        parsed.metadata = new V1ObjectMeta().name("bright").namespace(NAMESPACE);
        parsed.spec = Map.of("watts", 1000);
        var refused = lamps.create(parsed, new CreateOptions());
        assertThat(refused.getHttpStatusCode()).isEqualTo(422);
        assertThat(refused.getStatus().getMessage()).contains("spec.watts: Invalid value: 1000");
        // the library replaces a status, so there has to be one
        var desk = kubectl.ok("get", "lamp", "desk", "-o", "json").replaceFirst("\\{", "{\"status\":{\"lit\":false},");
        kubectl.okWith(
                desk,
                "replace",
                "--raw",
                "/apis/lamps.example.com/v1/namespaces/official/lamps/desk/status",
                "-f",
                "-");
        var lit = lamps.updateStatus(created, _ -> JsonParser.parseString("{\"lit\":true}"))
                .throwsApiException()
                .getObject();
        assertThat(lit.getMetadata().getGeneration()).isEqualTo(1);

        var dynamic = new DynamicKubernetesApi("lamps.example.com", "v1", "lamps", client);
        var shown = dynamic.get(NAMESPACE, "desk").throwsApiException().getObject();
        assertThat(shown.getRaw().getAsJsonObject("status").get("lit").getAsBoolean())
                .isTrue();
        var floor = new DynamicKubernetesObject(new JsonObject());
        floor.setApiVersion("lamps.example.com/v1");
        floor.setKind("Lamp");
        floor.setMetadata(new V1ObjectMeta().name("floor").namespace(NAMESPACE));
        dynamic.create(floor).throwsApiException();
        var options = new ListOptions();
        options.setFieldSelector("metadata.name=floor");
        assertThat(dynamic.list(NAMESPACE, options).getObject().getItems()).hasSize(1);
        kubectl.ok("delete", "crd", "lamps.lamps.example.com");
        var list = lamps.list(NAMESPACE);
        while (list.isSuccess()) { // the server has not heard of it yet
            list = lamps.list(NAMESPACE);
        }
        assertThat(list.getHttpStatusCode()).isEqualTo(404);
    }

    @Test
    void protobuf() throws Exception {
        var proto = new ProtoClient(client);
        var path = "/api/v1/namespaces/" + NAMESPACE + "/configmaps";
        core.createNamespacedConfigMap(NAMESPACE, map("bytes", "1")).execute();
        var one = proto.get(ConfigMap.newBuilder(), path + "/bytes");
        assertThat(((ConfigMap) one.object).getDataMap()).containsEntry("a", "1");
        var all = proto.list(ConfigMapList.newBuilder(), path);
        assertThat(((ConfigMapList) all.object).getItemsList()).isNotEmpty();
        var absent = proto.get(ConfigMap.newBuilder(), path + "/absent");
        assertThat(absent.status.getReason()).isEqualTo("NotFound");
    }
}
