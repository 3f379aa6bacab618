package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.following.Follower;
import dev.navarch.apiserver.policy.TypeChecks;
import dev.navarch.apiserver.registry.WriteVerbs.Target;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Range;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks the types of validating policies when these are stored, and tells in their status what it found. One thread
 * does all of it (source: kubernetes pkg/controller/validatingadmissionpolicystatus/controller.go, which upstream runs in
 * the controller manager; here are the schemas).
 */
final class PolicyStatuses implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PolicyStatuses.class);
    private static final String GROUP = "admissionregistration.k8s.io";
    private static final String PLURAL = "validatingadmissionpolicies";
    private static final String MANAGER = "validatingadmissionpolicy-status-controller";
    private static final User SELF = new User("system:apiserver", List.of(User.MASTERS));

    private final Resources resources;
    private final Objects objects;
    private final WriteVerbs writes;
    private final TypeChecks checks;
    private Optional<Follower> follower = Optional.empty();

    PolicyStatuses(Resources resources, Objects objects, WriteVerbs writes, TypeChecks checks) {
        this.resources = resources;
        this.objects = objects;
        this.writes = writes;
        this.checks = checks;
    }

    synchronized void start() {
        if (follower.isEmpty() && resources.find(GROUP, "v1", PLURAL).isPresent()) {
            var prefix = resources.of(GROUP, PLURAL).prefix("");
            follower = Optional.of(Follower.start(objects.store(), prefix, _ -> checkAll(prefix)));
        }
    }

    private void checkAll(String prefix) throws InterruptedException {
        for (var entry : objects.store().range(Range.all(prefix)).entries()) {
            var policy = objects.trees().tree(entry);
            if (policy.isPresent() && outdated(policy.get())) {
                check(policy.get());
            }
        }
    }

    private static boolean outdated(ObjectNode policy) {
        return !Meta.deleting(policy)
                && Meta.generation(policy) > Tree.number(policy, 0, "status", "observedGeneration");
    }

    private void check(ObjectNode policy) throws InterruptedException {
        var resource = resources.of(GROUP, PLURAL);
        var warnings = checks.warnings(policy);
        var target = new Target(
                resource,
                "",
                Meta.name(policy),
                Part.STATUS,
                Part.STATUS.subresource(),
                SELF,
                false,
                resource.ownTracking(MANAGER, Part.STATUS.subresource()));
        try {
            writes.change(target, false, old -> {
                var now = old.deepCopy();
                var status = Tree.childObject(now, "status");
                status.put("observedGeneration", Meta.generation(policy));
                var typeChecking = status.putObject("typeChecking");
                if (!warnings.isEmpty()) {
                    typeChecking.set("expressionWarnings", warnings.deepCopy());
                }
                return now;
            });
        } catch (ApiFailure e) {
            if (e.code() != 404) { // gone again
                log.warn("The status of a policy was not written: {}", e.getMessage());
            }
        }
    }

    @Override
    public synchronized void close() {
        follower.ifPresent(Follower::close);
    }
}
