package dev.navarch.apiserver.admission;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * A pod acts as a service account of its namespace, by default the one named so, and finds that account's token in its
 * containers (source: kubernetes plugin/pkg/admission/serviceaccount/admission.go).
 */
final class ServiceAccountAdmission implements AdmissionPlugin {
    private static final String MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
    private static final String VOLUME_PREFIX = "kube-api-access-";
    private static final String MIRROR = "kubernetes.io/config.mirror";
    private static final int TOKEN_SECONDS = 60 * 60 + 7;
    private static final int FILE_MODE = 0644;

    private final StoredObjects objects;
    private final NameSuffixes suffixes;

    ServiceAccountAdmission(StoredObjects objects, NameSuffixes suffixes) {
        this.objects = objects;
        this.suffixes = suffixes;
    }

    @Override
    public String name() {
        return "ServiceAccount";
    }

    @Override
    public void admit(AdmissionRequest request) {
        var created = request.created("", "pods");
        if (created.isEmpty()) {
            return;
        }
        var pod = created.get();
        var spec = Tree.childObject(pod, "spec");
        if (Meta.annotations(pod).containsKey(MIRROR)) {
            refuseAccount(pod, spec);
            return;
        }
        if (Tree.text(spec, "serviceAccountName").isEmpty()) {
            spec.put("serviceAccountName", "default");
        }
        var name = Tree.text(spec, "serviceAccountName");
        spec.put("serviceAccount", name);
        var account = objects.read("", "serviceaccounts", request.namespace(), name)
                .orElseThrow(() -> ApiFailure.forbidden(
                        "",
                        "pods",
                        Meta.name(pod),
                        "error looking up service account " + request.namespace() + "/" + name + ": serviceaccount "
                                + GoText.quote(name) + " not found"));
        if (wantsToken(spec, account)) {
            mountToken(spec);
        }
        var secrets = Tree.at(account, "imagePullSecrets");
        if (Tree.objects(spec, "imagePullSecrets").isEmpty() && !secrets.isEmpty()) {
            spec.set("imagePullSecrets", secrets.deepCopy());
        }
    }

    @Override
    public void validate(AdmissionRequest request) {
        boolean debugged = request.operation() == Operation.UPDATE
                && request.group().isEmpty()
                && request.resource().equals("pods")
                && request.subresource().equals("ephemeralcontainers");
        var written = debugged ? request.object() : request.created("", "pods");
        if (written.isEmpty()) {
            return;
        }
        var pod = written.get();
        if (Meta.annotations(pod).containsKey(MIRROR)) {
            refuseReferences(request, pod);
            return;
        }
        objects.read("", "serviceaccounts", request.namespace(), Tree.text(pod, "spec", "serviceAccountName"))
                .flatMap(MountableSecrets::of)
                .flatMap(secrets -> secrets.objection(pod))
                .ifPresent(why -> {
                    throw request.forbidden(why);
                });
    }

    /** A mirror must not make its node's kubelet privy to what the node may not read. */
    private static void refuseReferences(AdmissionRequest request, ObjectNode pod) {
        refuseAccount(pod, Tree.childObject(pod, "spec"));
        PodReferences.first(pod).ifPresent(what -> {
            throw request.forbidden("a mirror pod may not reference " + what);
        });
    }

    /** A static pod's mirror has no token: its kubelet runs it without asking. */
    private static void refuseAccount(ObjectNode pod, ObjectNode spec) {
        if (!Tree.text(spec, "serviceAccountName").isEmpty()) {
            throw ApiFailure.forbidden("", "pods", Meta.name(pod), "a mirror pod may not reference service accounts");
        }
    }

    private static boolean wantsToken(ObjectNode spec, ObjectNode account) {
        var field = "automountServiceAccountToken";
        return Tree.flag(spec, Tree.flag(account, true, field), field);
    }

    private void mountToken(ObjectNode spec) {
        Optional<String> volume = Optional.empty();
        for (var there : Tree.objects(spec, "volumes")) {
            if (Tree.text(there, "name").startsWith(VOLUME_PREFIX)) {
                volume = Optional.of(Tree.text(there, "name"));
            }
        }
        var name = volume.orElseGet(() -> suffixes.generate(VOLUME_PREFIX));
        boolean mounted = mountInto(spec, "initContainers", name) | mountInto(spec, "containers", name);
        if (mounted && volume.isEmpty()) {
            addVolume(spec, name);
        }
    }

    /** Mounts the volume in each container that has nothing at its place; returns whether there was one. */
    private static boolean mountInto(ObjectNode spec, String containers, String volume) {
        boolean mounted = false;
        for (var container : Tree.objects(spec, containers)) {
            boolean taken = Tree.objects(container, "volumeMounts").stream()
                    .anyMatch(m -> Tree.text(m, "mountPath").equals(MOUNT_PATH));
            if (!taken) {
                Tree.childArray(container, "volumeMounts")
                        .addObject()
                        .put("name", volume)
                        .put("readOnly", true)
                        .put("mountPath", MOUNT_PATH);
                mounted = true;
            }
        }
        return mounted;
    }

    private static void addVolume(ObjectNode spec, String name) {
        var volume = Tree.childArray(spec, "volumes").addObject();
        volume.put("name", name);
        var projected = volume.putObject("projected");
        var sources = projected.putArray("sources");
        sources.addObject()
                .putObject("serviceAccountToken")
                .put("expirationSeconds", TOKEN_SECONDS)
                .put("path", "token");
        var authority = sources.addObject().putObject("configMap");
        authority.put("name", "kube-root-ca.crt");
        authority.putArray("items").addObject().put("key", "ca.crt").put("path", "ca.crt");
        var namespace =
                sources.addObject().putObject("downwardAPI").putArray("items").addObject();
        namespace.put("path", "namespace");
        namespace.putObject("fieldRef").put("apiVersion", "v1").put("fieldPath", "metadata.namespace");
        projected.put("defaultMode", FILE_MODE);
    }
}
