package dev.navarch.api.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The fields that selectors may name, beside the name and the namespace.
 *
 * <p>Source: kubernetes pkg/apis/core/v1/conversion.go, pkg/apis/batch/v1/conversion.go and the like
 * (AddFieldLabelConversionFunc).
 */
class SelectableFieldsTest {
    @ParameterizedTest
    @CsvSource({
        "v1,Pod,spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork"
                + " status.phase status.podIP status.podIPs status.nominatedNodeName",
        "v1,Node,spec.unschedulable",
        "v1,Namespace,status.phase",
        "v1,Secret,type",
        "v1,Service,spec.clusterIP spec.type",
        "v1,ReplicationController,status.replicas",
        "apps/v1,ReplicaSet,status.replicas",
        "batch/v1,Job,status.successful",
        "certificates.k8s.io/v1,CertificateSigningRequest,spec.signerName",
        "resource.k8s.io/v1,ResourceSlice,spec.nodeName spec.driver",
        "apps/v1,Deployment,''",
        "v1,ConfigMap,''",
    })
    void fieldsAreUpstreams(String apiVersion, String kind, String fields) {
        Set<String> expected = new TreeSet<>(Set.of("metadata.name"));
        if (Objects.namespaced(apiVersion, kind)) {
            expected.add("metadata.namespace");
        }
        if (!fields.isEmpty()) {
            expected.addAll(Set.of(fields.split(" ")));
        }
        assertThat(new TreeSet<>(
                        Objects.rules(apiVersion, kind).selectableFields().keySet()))
                .isEqualTo(expected);
    }
}
