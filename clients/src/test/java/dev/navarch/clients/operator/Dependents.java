package dev.navarch.clients.operator;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.dependent.DependentResource;
import io.javaoperatorsdk.operator.processing.dependent.kubernetes.CRUDKubernetesDependentResource;
import io.javaoperatorsdk.operator.processing.dependent.kubernetes.KubernetesDependent;
import io.javaoperatorsdk.operator.processing.dependent.workflow.Condition;
import java.util.Map;

/** What a site is made of; the SDK writes these by server-side apply and compares by managed fields. */
final class Dependents {
    private Dependents() {}

    static Map<String, String> labels(Site site) {
        return Map.of("site", site.getMetadata().getName());
    }

    /** The version of the secret that a site names. */
    static String secretVersion(Context<Site> context) {
        return context.getSecondaryResource(Secret.class)
                .map(secret -> secret.getMetadata().getResourceVersion())
                .orElse("none");
    }

    /** The page. */
    @KubernetesDependent
    public static final class Page extends CRUDKubernetesDependentResource<ConfigMap, Site> {
        @Override
        protected ConfigMap desired(Site site, Context<Site> context) {
            return new ConfigMapBuilder()
                    .withNewMetadata()
                    .withName(site.getMetadata().getName())
                    .withNamespace(site.getMetadata().getNamespace())
                    .endMetadata()
                    .addToData("index.html", site.getSpec().text)
                    .build();
        }
    }

    /** The servers. */
    @KubernetesDependent
    public static final class Servers extends CRUDKubernetesDependentResource<Deployment, Site> {
        @Override
        protected Deployment desired(Site site, Context<Site> context) {
            return new DeploymentBuilder()
                    .withNewMetadata()
                    .withName(site.getMetadata().getName())
                    .withNamespace(site.getMetadata().getNamespace())
                    .withLabels(labels(site))
                    .endMetadata()
                    .withNewSpec()
                    .withReplicas(site.getSpec().replicas)
                    .withNewSelector()
                    .withMatchLabels(labels(site))
                    .endSelector()
                    .withNewTemplate()
                    .withNewMetadata()
                    .withLabels(labels(site))
                    .addToAnnotations("secret-version", secretVersion(context))
                    .endMetadata()
                    .withNewSpec()
                    .addNewContainer()
                    .withName("web")
                    .withImage("web:1")
                    .withEnv(site.getSpec().env)
                    .withNewResources()
                    .withLimits(site.getSpec().limits)
                    .endResources()
                    .addNewPort()
                    .withContainerPort(80)
                    .endPort()
                    .addNewVolumeMount()
                    .withName("page")
                    .withMountPath("/srv")
                    .endVolumeMount()
                    .endContainer()
                    .addNewVolume()
                    .withName("page")
                    .withNewConfigMap()
                    .withName(site.getMetadata().getName())
                    .endConfigMap()
                    .endVolume()
                    .endSpec()
                    .endTemplate()
                    .endSpec()
                    .build();
        }
    }

    /** The way there, where the site is exposed. */
    @KubernetesDependent
    public static final class Door extends CRUDKubernetesDependentResource<Service, Site> {
        @Override
        protected Service desired(Site site, Context<Site> context) {
            return new ServiceBuilder()
                    .withNewMetadata()
                    .withName(site.getMetadata().getName())
                    .withNamespace(site.getMetadata().getNamespace())
                    .endMetadata()
                    .withNewSpec()
                    .withSelector(labels(site))
                    .addNewPort()
                    .withPort(80)
                    .withTargetPort(site.getSpec().port)
                    .endPort()
                    .endSpec()
                    .build();
        }
    }

    /** Whether the site is exposed. */
    public static final class Exposed implements Condition<Service, Site> {
        @Override
        public boolean isMet(DependentResource<Service, Site> service, Site site, Context<Site> context) {
            return site.getSpec().exposed;
        }
    }
}
