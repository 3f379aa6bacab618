package dev.navarch.apiserver.admission;

import dev.navarch.api.FieldError;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Access to devices whoever has them is for claims in namespaces with a label that administrators set; and what is said
 * of devices that a claim has given up goes with them (source: kubernetes pkg/registry/resource/utils.go,
 * AuthorizedForAdmin; resourceclaim/strategy.go, dropDeallocatedStatusDevices).
 */
final class DeviceClaimAdmission implements AdmissionPlugin {
    private static final String GROUP = "resource.k8s.io";
    private static final String LABEL = "resource.kubernetes.io/admin-access";

    private final StoredObjects objects;

    DeviceClaimAdmission(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "DeviceClaims";
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (!request.group().equals(GROUP)
                || !request.resource().equals("resourceclaims")
                || !request.subresource().equals("status")
                || request.object().isEmpty()
                || request.old().isEmpty()) {
            return;
        }
        var status = Tree.at(request.object().get(), "status");
        var given = identities(Tree.at(request.old().get(), "status", "allocation", "devices", "results"));
        given.removeAll(identities(Tree.at(status, "allocation", "devices", "results")));
        if (given.isEmpty() || !Tree.has(status, "devices")) {
            return;
        }
        var devices = Tree.childArray((ObjectNode) status, "devices");
        for (int i = devices.size() - 1; i >= 0; i--) {
            if (given.contains(identity(devices.get(i)))) {
                devices.remove(i);
            }
        }
        if (devices.isEmpty()) {
            ((ObjectNode) status).remove("devices");
        }
    }

    private static Set<List<String>> identities(JsonNode devices) {
        Set<List<String>> identities = new HashSet<>();
        devices.forEach(device -> identities.add(identity(device)));
        return identities;
    }

    private static List<String> identity(JsonNode device) {
        return List.of(
                Tree.text(device, "driver"),
                Tree.text(device, "pool"),
                Tree.text(device, "device"),
                Tree.text(device, "shareID"));
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (!request.group().equals(GROUP) || request.object().isEmpty()) {
            return;
        }
        var object = request.object().get();
        if (request.isFor(GROUP, "resourceclaims") && request.operation() == Operation.CREATE) {
            requested(request, "ResourceClaim", Tree.at(object, "spec", "devices", "requests"));
        } else if (request.isFor(GROUP, "resourceclaimtemplates") && request.operation() == Operation.CREATE) {
            requested(request, "ResourceClaimTemplate", Tree.at(object, "spec", "spec", "devices", "requests"));
        } else if (request.resource().equals("resourceclaims")
                && request.subresource().equals("status")) {
            granted(request, object);
        }
    }

    private void requested(AdmissionRequest request, String kind, JsonNode requests) {
        for (int i = 0; i < requests.size(); i++) {
            if (Tree.flag(requests.get(i), false, "exactly", "adminAccess")) {
                check(request, kind, "spec.devices.requests[" + i + "].adminAccess");
                return;
            }
        }
    }

    private void granted(AdmissionRequest request, ObjectNode claim) {
        var before = Tree.at(request.old().orElseGet(Tree::object), "status", "allocation", "devices", "results");
        if (administrated(before) >= 0) {
            return;
        }
        int now = administrated(Tree.at(claim, "status", "allocation", "devices", "results"));
        if (now >= 0) {
            check(request, "ResourceClaim", "status.allocation.devices.results[" + now + "].adminAccess");
        }
    }

    /** The first of the results that is such access; -1 if none is. */
    private static int administrated(JsonNode results) {
        for (int i = 0; i < results.size(); i++) {
            if (Tree.flag(results.get(i), false, "adminAccess")) {
                return i;
            }
        }
        return -1;
    }

    private void check(AdmissionRequest request, String kind, String field) {
        boolean labelled = objects.read("", "namespaces", "", request.namespace())
                .filter(namespace ->
                        Tree.text(namespace, "metadata", "labels", LABEL).equals("true"))
                .isPresent();
        if (!labelled) {
            var error = FieldError.forbidden(
                    field,
                    "admin access to devices requires the `" + LABEL + ": true` label on the containing namespace");
            throw ApiFailure.invalid(
                    GROUP,
                    kind,
                    Meta.name(request.object().orElseThrow()),
                    List.of(new Cause(error.type().reason(), error.body(), error.field())));
        }
    }
}
