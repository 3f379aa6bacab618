package dev.navarch.clients.operator;

import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.crd.generator.annotation.SelectableField;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A web site; its definition is generated from this class. */
@Group("sites.example.com")
@Version("v1")
@ShortNames("st")
public class Site extends CustomResource<Site.Spec, Site.Status> implements Namespaced {

    /** What is wanted. */
    @ValidationRule(value = "self.replicas <= self.most", message = "replicas must not exceed most")
    public static class Spec {
        @Required
        @Pattern("^[a-z ]+$")
        public String text;

        @Default("1")
        @Min(0)
        @Max(20)
        @SpecReplicas
        public int replicas = 1;

        @Default("10")
        public int most = 10;

        @PrinterColumn(name = "Tier")
        @SelectableField
        @Default("free")
        @ValidationRule(value = "self == oldSelf || oldSelf == 'free'", message = "only free sites change their tier")
        public String tier = "free";

        /** Whether a service leads there. */
        public boolean exposed;

        /** A secret whose version the pods carry. */
        public String secret;

        public IntOrString port = new IntOrString(80);
        public Map<String, Quantity> limits;
        public ResourceRequirements resources;
        public List<EnvVar> env = new ArrayList<>();
    }

    /** What is there. */
    public static class Status {
        @PrinterColumn(name = "Ready")
        @StatusReplicas
        public Integer ready;

        @LabelSelector
        public String selector;

        public Long observedGeneration;
        public String secretVersion;
        public String error;
        public List<Condition> conditions;
    }
}
