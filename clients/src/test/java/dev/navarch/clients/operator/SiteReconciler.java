package dev.navarch.clients.operator;

import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.Workflow;
import io.javaoperatorsdk.operator.api.reconciler.dependent.Dependent;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** Three dependents, a secret of somebody else, a status, a finalizer, and failures that are tried again. */
@Workflow(
        dependents = {
            @Dependent(name = "page", type = Dependents.Page.class),
            @Dependent(name = "servers", type = Dependents.Servers.class, dependsOn = "page"),
            @Dependent(name = "door", type = Dependents.Door.class, reconcilePrecondition = Dependents.Exposed.class)
        })
@GradualRetry(initialInterval = 100, maxAttempts = 20)
@ControllerConfiguration(name = "sites", finalizerName = "sites.example.com/goodbye")
public final class SiteReconciler implements Reconciler<Site>, Cleaner<Site> {
    /** A site with this annotation fails so many times. */
    static final String FAILURES = "sites.example.com/failures";

    /** Names of sites that were cleaned up after, in order. */
    final Queue<String> cleaned = new ConcurrentLinkedQueue<>();

    @Override
    public List<EventSource<?, Site>> prepareEventSources(EventSourceContext<Site> context) {
        var sites = context.getPrimaryCache();
        sites.addIndexer(
                "secret",
                site -> site.getSpec().secret == null
                        ? List.of()
                        : List.of(site.getMetadata().getNamespace() + "/" + site.getSpec().secret));
        var secrets = InformerEventSourceConfiguration.from(Secret.class, Site.class)
                .withPrimaryToSecondaryMapper((Site site) -> site.getSpec().secret == null
                        ? Set.of()
                        : Set.of(new ResourceID(
                                site.getSpec().secret, site.getMetadata().getNamespace())))
                .withSecondaryToPrimaryMapper(
                        secret -> sites
                                .byIndex(
                                        "secret",
                                        secret.getMetadata().getNamespace() + "/"
                                                + secret.getMetadata().getName())
                                .stream()
                                .map(ResourceID::fromResource)
                                .collect(Collectors.toSet()))
                .build();
        return List.of(new InformerEventSource<>(secrets, context));
    }

    @Override
    public UpdateControl<Site> reconcile(Site site, Context<Site> context) {
        int failures = Integer.parseInt(site.getMetadata().getAnnotations().getOrDefault(FAILURES, "0"));
        int tried = context.getRetryInfo().map(retry -> retry.getAttemptCount()).orElse(0);
        if (tried < failures) {
            throw new IllegalStateException("attempt " + tried);
        }
        var deployment = context.getSecondaryResource(Deployment.class);
        int ready = deployment.map(d -> d.getStatus().getReadyReplicas()).orElse(0);
        var status = new Site.Status();
        status.ready = ready;
        status.selector = "site=" + site.getMetadata().getName();
        status.observedGeneration = site.getMetadata().getGeneration();
        status.secretVersion = Dependents.secretVersion(context);
        status.error = "";
        status.conditions = List.of(new ConditionBuilder()
                .withType("Ready")
                .withStatus(ready == site.getSpec().replicas ? "True" : "False")
                .withReason("Counted")
                .withMessage(ready + " of " + site.getSpec().replicas)
                .withLastTransitionTime(site.getMetadata().getCreationTimestamp())
                .build());
        return UpdateControl.patchStatus(patch(site, status));
    }

    @Override
    public ErrorStatusUpdateControl<Site> updateErrorStatus(Site site, Context<Site> context, Exception failure) {
        var status = new Site.Status();
        status.error = failure.getMessage();
        return ErrorStatusUpdateControl.patchStatus(patch(site, status));
    }

    @Override
    public DeleteControl cleanup(Site site, Context<Site> context) {
        cleaned.add(site.getMetadata().getName());
        return DeleteControl.defaultDelete();
    }

    /** What server-side apply is sent: the status alone. */
    private static Site patch(Site site, Site.Status status) {
        var patch = new Site();
        patch.setMetadata(new ObjectMetaBuilder()
                .withName(site.getMetadata().getName())
                .withNamespace(site.getMetadata().getNamespace())
                .build());
        patch.setStatus(status);
        return patch;
    }
}
