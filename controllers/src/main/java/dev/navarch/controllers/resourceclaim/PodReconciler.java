package dev.navarch.controllers.resourceclaim;

import dev.navarch.api.values.GoText;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.WriteTracker;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimTemplate;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the claims for which a pod names templates, notes their names in the pod's status, and reserves claims for a pod
 * that was given its node by somebody else than the scheduler.
 */
final class PodReconciler implements Reconciler<Key> {
    static final String ANNOTATION = "resource.kubernetes.io/pod-claim-name";
    private static final int LONGEST_BASE = 57;

    private final Informer<Pod> pods;
    private final Informer<ResourceClaim> claims;
    private final Informer<ResourceClaimTemplate> templates;
    private final Resource<Pod> podResource;
    private final Resource<ResourceClaim> claimResource;
    private final EventRecorder events;
    private final WriteTracker writes;
    private final WorkQueue<Key> queue;
    private final ClaimMetrics metrics;

    PodReconciler(
            ControllerContext context,
            Informer<Pod> pods,
            Informer<ResourceClaim> claims,
            Informer<ResourceClaimTemplate> templates,
            WriteTracker writes,
            WorkQueue<Key> queue,
            ClaimMetrics metrics) {
        this.pods = pods;
        this.claims = claims;
        this.templates = templates;
        this.writes = writes;
        this.queue = queue;
        this.metrics = metrics;
        podResource = context.client().resource(Pod.class);
        claimResource = context.client().resource(ResourceClaim.class);
        events = context.events();
    }

    @Override
    public void reconcile(Key key) {
        boolean current = writes.isShown(key, claims);
        var pod = pods.get(key).orElse(null);
        if (pod == null || Pods.isDeleting(pod) || PodClaims.isDone(pod)) {
            return; // a pod that ended gets no claim, for it would lose it at once
        }
        if (!current) {
            queue.addRateLimited(key); // a claim that was made a moment ago would be made again
            return;
        }
        Map<String, String> made = new LinkedHashMap<>();
        for (var named : PodClaims.named(pod)) {
            try {
                provide(pod, named).ifPresent(name -> made.put(named.getName(), name));
            } catch (Unprovided | ApiFailure e) {
                var message = "PodResourceClaim " + named.getName() + ": " + e.getMessage();
                events.warning(pod, "FailedResourceClaimCreation", message);
                throw e;
            }
        }
        if (!made.isEmpty()) {
            note(pod, made);
        }
        if (!Pods.nodeName(pod).isEmpty()) {
            PodClaims.named(pod).forEach(named -> reserve(pod, named));
        }
    }

    /** A claim can't be made now. */
    private static final class Unprovided extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unprovided(String message) {
            super(message, null, false, false);
        }
    }

    /** Sees to it that there is the claim; returns its name if the pod's status lacks it. */
    private Optional<String> provide(Pod pod, PodResourceClaim named) {
        if (!PodClaims.generated(named)) {
            return Optional.empty();
        }
        if (named.getResourceClaimTemplateName() == null) {
            throw new Unprovided("checking for claim before creating it: pod "
                    + GoText.quote(Key.of(pod).toString()) + ", spec.resourceClaim " + GoText.quote(named.getName())
                    + ": none of the supported fields are set");
        }
        var known = PodClaims.name(pod, named);
        boolean provided = known.filter(name -> name.isEmpty()
                        || claims.get(pod.getMetadata().getNamespace(), name)
                                .filter(claim -> ControllerRef.isControlledBy(claim, pod))
                                .isPresent())
                .isPresent();
        if (provided) {
            return Optional.empty();
        }
        var orphan = claims.byIndex(Pods.BY_CONTROLLER, pod.getMetadata().getUid()).stream()
                .filter(claim -> isFor(claim, named))
                .findFirst();
        return Optional.of(
                orphan.orElseGet(() -> make(pod, named)).getMetadata().getName());
    }

    private static boolean isFor(ResourceClaim claim, PodResourceClaim named) {
        var annotations = claim.getMetadata().getAnnotations();
        return annotations != null && named.getName().equals(annotations.get(ANNOTATION));
    }

    private ResourceClaim make(Pod pod, PodResourceClaim named) {
        var namespace = pod.getMetadata().getNamespace();
        var templateName = named.getResourceClaimTemplateName();
        var template = templates
                .get(namespace, templateName)
                .orElseThrow(() -> new Unprovided("resource claim template " + GoText.quote(templateName)
                        + ": resourceclaimtemplate.resource.k8s.io " + GoText.quote(templateName) + " not found"));
        var meta = template.getSpec().getMetadata();
        Map<String, String> annotations = new HashMap<>();
        if (meta != null && meta.getAnnotations() != null) {
            annotations.putAll(meta.getAnnotations());
        }
        annotations.put(ANNOTATION, named.getName());
        var claim = new ResourceClaimBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withGenerateName(base(pod.getMetadata().getName(), named.getName()))
                .withOwnerReferences(ControllerRef.to(pod))
                .withAnnotations(annotations)
                .withLabels(meta == null ? null : meta.getLabels())
                .endMetadata()
                .withSpec(template.getSpec().getSpec())
                .build();
        ResourceClaim made;
        try {
            made = claimResource.create(claim);
            metrics.made(claim.getSpec(), true);
        } catch (ApiFailure e) {
            metrics.made(claim.getSpec(), false);
            throw new Unprovided("create ResourceClaim : " + e.getMessage());
        }
        writes.wrote(Key.of(pod), made);
        return made;
    }

    /** Both names, shortened in proportion where they are too long together. */
    static String base(String pod, String named) {
        var base = pod + "-" + named + "-";
        return base.length() <= LONGEST_BASE
                ? base
                : pod.substring(0, pod.length() * LONGEST_BASE / base.length())
                        + "-"
                        + named.substring(0, named.length() * LONGEST_BASE / base.length());
    }

    private void note(Pod pod, Map<String, String> made) {
        var meta = pod.getMetadata();
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata").put("uid", meta.getUid());
        var statuses = patch.putObject("status").putArray("resourceClaimStatuses");
        made.forEach((named, claim) -> statuses.addObject().put("name", named).put("resourceClaimName", claim));
        podResource.patchStatus(meta.getNamespace(), meta.getName(), new Patch.Strategic(patch));
    }

    private void reserve(Pod pod, PodResourceClaim named) {
        var claim = PodClaims.name(pod, named)
                .filter(name -> !name.isEmpty())
                .flatMap(name -> claims.get(pod.getMetadata().getNamespace(), name))
                .orElse(null);
        if (claim == null
                || !PodClaims.lacks(claim, pod)
                || PodClaims.generated(named) && !ControllerRef.isControlledBy(claim, pod)) {
            return;
        }
        claimResource.updateStatus(new ResourceClaimBuilder(claim)
                .editStatus()
                .addNewReservedFor()
                .withResource("pods")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endReservedFor()
                .endStatus()
                .build());
    }
}
