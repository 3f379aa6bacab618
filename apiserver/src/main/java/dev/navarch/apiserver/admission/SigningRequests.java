package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What only the server knows of a CertificateSigningRequest: who asks, and when a condition came (source: kubernetes
 * pkg/registry/certificates/certificates/strategy.go, PrepareForCreate and populateConditionTimestamps).
 */
final class SigningRequests implements AdmissionPlugin {
    private final TimeSource time;

    SigningRequests(TimeSource time) {
        this.time = time;
    }

    @Override
    public String name() {
        return "CertificateSigningRequests";
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (request.object().isEmpty()
                || !request.resource().equals("certificatesigningrequests")
                || !request.group().equals("certificates.k8s.io")) {
            return;
        }
        if (request.operation() == Operation.CREATE) {
            asks(Tree.childObject(request.object().get(), "spec"), request.user());
        } else if (List.of("status", "approval").contains(request.subresource())) {
            stamp(request.object().get(), request.old().orElseGet(Tree::object));
        }
    }

    private static void asks(ObjectNode spec, User user) {
        spec.remove(List.of("username", "uid", "groups", "extra"));
        spec.put("username", user.name());
        if (!user.uid().isEmpty()) {
            spec.put("uid", user.uid());
        }
        if (!user.groups().isEmpty()) {
            spec.set("groups", Tree.arrayOf(user.groups()));
        }
        if (!user.extra().isEmpty()) {
            var extra = spec.putObject("extra");
            user.extra().forEach((key, values) -> extra.set(key, Tree.arrayOf(values)));
        }
    }

    private void stamp(ObjectNode now, ObjectNode old) {
        for (var condition : Tree.objects(now, "status", "conditions")) {
            var before = Tree.objects(old, "status", "conditions").stream()
                    .filter(c -> Tree.text(c, "type").equals(Tree.text(condition, "type")))
                    .filter(c -> Tree.text(c, "status").equals(Tree.text(condition, "status")))
                    .map(c -> Tree.text(c, "lastTransitionTime"))
                    .findFirst();
            var moment = Meta.time(time.now());
            if (Tree.text(condition, "lastUpdateTime").isEmpty()) {
                condition.put("lastUpdateTime", moment);
            }
            if (Tree.text(condition, "lastTransitionTime").isEmpty()) {
                condition.put("lastTransitionTime", before.orElse(moment));
            }
        }
    }
}
