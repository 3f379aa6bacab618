package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.admission.PodSecurityChecks.Violation;
import dev.navarch.apiserver.admission.PodSecurityPolicy.Level;
import dev.navarch.apiserver.admission.PodSecurityPolicy.Standard;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Since which version of its level each check asks for what it asks for, and until which. */
class PodSecurityVersionsTest {
    private static final int LAST = 36;
    private static final String GOOD = """
            {"metadata": {"name": "p"},
             "spec": {"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
                      "containers": [{"name": "c", "securityContext":
                          {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}]}}""";

    private static JsonNode read(String json) {
        return JsonMapper.shared().readTree(json.replace('\'', '"'));
    }

    /** As a merge patch, but that the first of a list is merged with the first. */
    private static void merge(ObjectNode into, JsonNode change) {
        change.properties().forEach(field -> {
            var before = into.get(field.getKey());
            if (field.getValue().isNull()) {
                into.remove(field.getKey());
            } else if (before instanceof ObjectNode inner && field.getValue().isObject()) {
                merge(inner, field.getValue());
            } else if (before instanceof ArrayNode list && list.get(0) instanceof ObjectNode inner) {
                merge(inner, field.getValue().get(0));
            } else {
                into.set(field.getKey(), field.getValue());
            }
        });
    }

    private static List<String> reasons(ObjectNode pod, Level level, int minor) {
        return PodSecurityChecks.of(pod, new Standard(level, minor)).stream()
                .map(Violation::reason)
                .toList();
    }

    @Test
    void thisPodIsGoodForAll() {
        for (var level : Level.values()) {
            for (int minor = 0; minor <= LAST; minor++) {
                assertThat(reasons((ObjectNode) read(GOOD), level, minor)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        BASELINE   |  0 | 36 | host namespaces               | {'spec':{'hostIPC':true}}
        BASELINE   |  0 | 36 | hostPath volumes              | {'spec':{'volumes':[{'name':'v','hostPath':{'path':'/'}}]}}
        BASELINE   |  0 | 36 | hostPort                      | {'spec':{'containers':[{'ports':[{'hostPort':80}]}]}}
        BASELINE   |  0 | 36 | privileged                    | {'spec':{'containers':[{'securityContext':{'privileged':true}}]}}
        BASELINE   |  0 | 36 | hostProcess                   | {'spec':{'securityContext':{'windowsOptions':{'hostProcess':true}}}}
        BASELINE   |  0 | 36 | non-default capabilities      | {'spec':{'containers':[{'securityContext':{'capabilities':{'add':['NET_RAW']}}}]}}
        RESTRICTED |  0 | 21 | non-default capabilities      | {'spec':{'containers':[{'securityContext':{'capabilities':{'add':['NET_RAW']}}}]}}
        RESTRICTED | 22 | 36 | unrestricted capabilities     | {'spec':{'containers':[{'securityContext':{'capabilities':{'add':['NET_RAW']}}}]}}
        RESTRICTED | 22 | 36 | unrestricted capabilities     | {'spec':{'containers':[{'securityContext':{'capabilities':{'drop':null}}}]}}
        RESTRICTED | 22 | 24 | unrestricted capabilities     | {'spec':{'os':{'name':'windows'},'containers':[{'securityContext':{'capabilities':{'drop':null}}}]}}
        RESTRICTED |  8 | 36 | allowPrivilegeEscalation != false | {'spec':{'containers':[{'securityContext':{'allowPrivilegeEscalation':null}}]}}
        RESTRICTED |  8 | 24 | allowPrivilegeEscalation != false | {'spec':{'os':{'name':'windows'},'containers':[{'securityContext':{'allowPrivilegeEscalation':true}}]}}
        BASELINE   |  0 | 36 | forbidden AppArmor profile    | {'metadata':{'annotations':{'container.apparmor.security.beta.kubernetes.io/c':'unconfined'}}}
        BASELINE   |  0 | 36 | forbidden AppArmor profile    | {'spec':{'securityContext':{'appArmorProfile':{'type':'Unconfined'}}}}
        BASELINE   |  0 | 18 | seccompProfile                | {'metadata':{'annotations':{'seccomp.security.alpha.kubernetes.io/pod':'unconfined'}}}
        BASELINE   | 19 | 36 | seccompProfile                | {'spec':{'securityContext':{'seccompProfile':{'type':'Unconfined'}}}}
        RESTRICTED | 19 | 36 | seccompProfile                | {'spec':{'securityContext':{'seccompProfile':null}}}
        RESTRICTED | 19 | 24 | seccompProfile                | {'spec':{'os':{'name':'windows'},'securityContext':{'seccompProfile':null}}}
        BASELINE   |  0 | 36 | seLinuxOptions                | {'spec':{'securityContext':{'seLinuxOptions':{'role':'r'}}}}
        BASELINE   |  0 | 30 | seLinuxOptions                | {'spec':{'securityContext':{'seLinuxOptions':{'type':'container_engine_t'}}}}
        BASELINE   |  0 | 36 | forbidden sysctls             | {'spec':{'securityContext':{'sysctls':[{'name':'kernel.msgmax','value':'1'}]}}}
        BASELINE   |  0 | 26 | forbidden sysctls             | {'spec':{'securityContext':{'sysctls':[{'name':'net.ipv4.ip_local_reserved_ports','value':'1'}]}}}
        BASELINE   |  0 | 28 | forbidden sysctls             | {'spec':{'securityContext':{'sysctls':[{'name':'net.ipv4.tcp_keepalive_time','value':'1'}]}}}
        BASELINE   |  0 | 31 | forbidden sysctls             | {'spec':{'securityContext':{'sysctls':[{'name':'net.ipv4.tcp_rmem','value':'1'}]}}}
        BASELINE   | 34 | 36 | probe or lifecycle host       | {'spec':{'containers':[{'startupProbe':{'tcpSocket':{'host':'10.0.0.1'}}}]}}
        BASELINE   | 34 | 36 | probe or lifecycle host       | {'spec':{'containers':[{'lifecycle':{'preStop':{'httpGet':{'host':'10.0.0.1'}}}}]}}
        BASELINE   |  0 | 36 | procMount                     | {'spec':{'containers':[{'securityContext':{'procMount':'Unmasked'}}]}}
        BASELINE   |  0 | 34 | procMount                     | {'spec':{'hostUsers':false,'containers':[{'securityContext':{'procMount':'Unmasked'}}]}}
        RESTRICTED |  0 | 36 | procMount                     | {'spec':{'hostUsers':false,'containers':[{'securityContext':{'procMount':'Unmasked'}}]}}
        RESTRICTED |  0 | 36 | restricted volume types       | {'spec':{'volumes':[{'name':'v','nfs':{'path':'/','server':'s'}}]}}
        RESTRICTED |  0 | 36 | runAsNonRoot != true          | {'spec':{'securityContext':{'runAsNonRoot':null}}}
        RESTRICTED |  0 | 34 | runAsNonRoot != true          | {'spec':{'hostUsers':false,'securityContext':{'runAsNonRoot':null}}}
        RESTRICTED | 23 | 36 | runAsUser=0                   | {'spec':{'containers':[{'securityContext':{'runAsUser':0}}]}}
        RESTRICTED | 23 | 34 | runAsUser=0                   | {'spec':{'hostUsers':false,'securityContext':{'runAsUser':0}}}
        """)
    void isAskedFor(Level level, int first, int last, String reason, String change) {
        var pod = (ObjectNode) read(GOOD);
        merge(pod, read(change));
        List<Integer> objected = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        for (int minor = 0; minor <= LAST; minor++) {
            if (reasons(pod, level, minor).contains(reason)) {
                objected.add(minor);
            }
            if (first <= minor && minor <= last) {
                expected.add(minor);
            }
        }
        assertThat(objected).isEqualTo(expected);
    }
}
