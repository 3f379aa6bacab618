package dev.navarch.apiserver.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectSchema;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class StrategicMergePatchTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final ObjectSchema POD =
            Catalogue.builtIn().byKind("v1", "Pod").orElseThrow().schema();

    private static ObjectNode json(String text) {
        return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
    }

    private static Patch patch(String text) {
        return Patch.strategic(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8), POD);
    }

    /** Each line: the pod, the patch, the result. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                // maps and scalars merge
                "{'metadata':{'labels':{'a':'1'}}}; {'metadata':{'labels':{'b':'2'}}};"
                        + " {'metadata':{'labels':{'a':'1','b':'2'}}}",
                "{'metadata':{'labels':{'a':'1'}}}; {'metadata':{'labels':{'a':null}}}; {'metadata':{'labels':{}}}",
                "{'spec':{'nodeName':'a'}}; {'spec':{'nodeName':'b'}}; {'spec':{'nodeName':'b'}}",
                "{}; {'spec':{'nodeName':'b','hostname':null}}; {'spec':{'nodeName':'b'}}",
                // lists of objects merge by key
                "{'spec':{'containers':[{'name':'a','image':'1'}]}};"
                        + " {'spec':{'containers':[{'name':'a','image':'2'}]}};"
                        + " {'spec':{'containers':[{'name':'a','image':'2'}]}}",
                "{'spec':{'containers':[{'name':'a','image':'1'}]}};"
                        + " {'spec':{'containers':[{'name':'b','image':'2'}]}};"
                        + " {'spec':{'containers':[{'name':'b','image':'2'},{'name':'a','image':'1'}]}}",
                "{'spec':{'containers':[{'name':'a','env':[{'name':'X','value':'1'}]}]}};"
                        + " {'spec':{'containers':[{'name':'a','env':[{'name':'Y','value':'2'}]}]}};"
                        + " {'spec':{'containers':[{'name':'a','env':[{'name':'Y','value':'2'},{'name':'X','value':'1'}]}]}}",
                "{'spec':{'containers':[{'name':'a','ports':[{'containerPort':80,'protocol':'TCP'}]}]}};"
                        + " {'spec':{'containers':[{'name':'a','ports':[{'containerPort':80,'name':'web'}]}]}};"
                        + " {'spec':{'containers':[{'name':'a','ports':[{'containerPort':80,'protocol':'TCP','name':'web'}]}]}}",
                // lists without a merge strategy are replaced
                "{'spec':{'containers':[{'name':'a','args':['x','y']}]}};"
                        + " {'spec':{'containers':[{'name':'a','args':['z']}]}};"
                        + " {'spec':{'containers':[{'name':'a','args':['z']}]}}",
                "{'spec':{'tolerations':[{'key':'a'}]}}; {'spec':{'tolerations':[{'key':'b'}]}};"
                        + " {'spec':{'tolerations':[{'key':'b'}]}}",
                // lists of scalars with a merge strategy are united
                "{'metadata':{'finalizers':['a','b']}}; {'metadata':{'finalizers':['c','a']}};"
                        + " {'metadata':{'finalizers':['c','a','b']}}",
                "{'metadata':{'finalizers':['a','b']}}; {'metadata':{'$deleteFromPrimitiveList/finalizers':['a']}};"
                        + " {'metadata':{'finalizers':['b']}}",
                "{'metadata':{'finalizers':['a','b']}};"
                        + " {'metadata':{'$deleteFromPrimitiveList/finalizers':['a'],'finalizers':['c']}};"
                        + " {'metadata':{'finalizers':['c','b']}}",
                "{'metadata':{}}; {'metadata':{'$deleteFromPrimitiveList/finalizers':['a']}}; {'metadata':{}}",
                "{'metadata':{'finalizers':['a','b','c']}};"
                        + " {'metadata':{'$setElementOrder/finalizers':['c','b','a']}};"
                        + " {'metadata':{'finalizers':['c','b','a']}}",
                // $patch
                "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}};"
                        + " {'spec':{'containers':[{'name':'a','$patch':'delete'}]}};"
                        + " {'spec':{'containers':[{'name':'b'}]}}",
                "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}};"
                        + " {'spec':{'containers':[{'name':'x','$patch':'delete'}]}};"
                        + " {'spec':{'containers':[{'name':'a'},{'name':'b'}]}}",
                "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}};"
                        + " {'spec':{'containers':[{'name':'c'},{'$patch':'replace'}]}};"
                        + " {'spec':{'containers':[{'name':'c'}]}}",
                "{'metadata':{'labels':{'a':'1'}}}; {'metadata':{'labels':{'$patch':'replace','b':'2'}}};"
                        + " {'metadata':{'labels':{'b':'2'}}}",
                "{'metadata':{'labels':{'a':'1'}}}; {'metadata':{'labels':{'$patch':'delete'}}};"
                        + " {'metadata':{'labels':{}}}",
                "{}; {'spec':{'containers':[{'name':'a','$patch':'delete'},{'name':'b','image':null}]}};"
                        + " {'spec':{'containers':[{'name':'b'}]}}",
                // $retainKeys
                "{'spec':{'volumes':[{'name':'v','emptyDir':{}}]}};"
                        + " {'spec':{'volumes':[{'name':'v','$retainKeys':['name','hostPath'],'hostPath':{'path':'/x'}}]}};"
                        + " {'spec':{'volumes':[{'name':'v','hostPath':{'path':'/x'}}]}}",
                "{'spec':{'volumes':[{'name':'v','emptyDir':{}}]}};"
                        + " {'spec':{'volumes':[{'name':'v','hostPath':{'path':'/x'}}]}};"
                        + " {'spec':{'volumes':[{'name':'v','emptyDir':{},'hostPath':{'path':'/x'}}]}}",
                // $setElementOrder
                "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}};"
                        + " {'spec':{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}]}};"
                        + " {'spec':{'containers':[{'name':'b'},{'name':'a'}]}}",
                "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}};"
                        + " {'spec':{'$setElementOrder/containers':[{'name':'a'},{'name':'c'},{'name':'b'}],'containers':[{'name':'c','image':'x'}]}};"
                        + " {'spec':{'containers':[{'name':'a'},{'name':'c','image':'x'},{'name':'b'}]}}",
                "{'spec':{'containers':[{'name':'s'},{'name':'a'},{'name':'b'}]}};"
                        + " {'spec':{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}],'containers':[{'name':'a','image':'x'}]}};"
                        + " {'spec':{'containers':[{'name':'s'},{'name':'b'},{'name':'a','image':'x'}]}}",
                "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}};"
                        + " {'spec':{'$setElementOrder/containers':[{'name':'b'}],'containers':[{'name':'a','$patch':'delete'}]}};"
                        + " {'spec':{'containers':[{'name':'b'}]}}",
                "{'spec':{}}; {'spec':{'$setElementOrder/containers':[{'name':'b'}],'containers':[{'name':'b'}]}};"
                        + " {'spec':{'containers':[{'name':'b'}]}}",
                "{'spec':{}}; {'spec':{'$setElementOrder/containers':[{'name':'b'}]}}; {'spec':{}}",
                "{'spec':{'containers':[{'name':'x'},{'name':'y'},{'name':'z'}]}};"
                        + " {'spec':{'$setElementOrder/containers':[{'name':'y'},{'name':'n'}],'containers':[{'name':'n'},{'name':'x','$patch':'delete'}]}};"
                        + " {'spec':{'containers':[{'name':'y'},{'name':'z'},{'name':'n'}]}}",
                "{'spec':{'containers':[{'name':'y'},{'name':'z'}]}};"
                        + " {'spec':{'$setElementOrder/containers':[{'name':'y'},{'name':'n'}],'containers':[{'name':'n'}]}};"
                        + " {'spec':{'containers':[{'name':'y'},{'name':'n'},{'name':'z'}]}}",
                // what the schema does not know is set, and pruned by the decoder
                "{}; {'spec':{'frobnicate':{'a':[1]}}}; {'spec':{'frobnicate':{'a':[1]}}}",
                // types that differ: the patch wins
                "{'metadata':{'labels':'x'}}; {'metadata':{'labels':{'a':'b'}}}; {'metadata':{'labels':{'a':'b'}}}",
                "{'metadata':{'labels':{'a':'b'}}}; {'metadata':null}; {}",
            })
    void mergesAsUpstream(String pod, String patch, String result) {
        assertThat(patch(patch).apply(json(pod)).toString())
                .isEqualTo(json(result).toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "{'spec':{'containers':[{'image':'x'}]}}; 500; map: map[image:x] does not contain declared merge key:"
                        + " name",
                "{'spec':{'containers':[{'name':'a','$patch':'frob'}]}}; 500; unknown patch type: frob in map:"
                        + " map[$patch:frob name:a]",
                "{'spec':{'containers':[{'name':'a','$patch':'merge'}]}}; 500; merging lists cannot yet be specified"
                        + " in the patch",
                "{'spec':{'$patch':'frob'}}; 500; unknown patch type: frob in map: map[$patch:frob]",
                "{'spec':{'$retainKeys':'x'}}; 400; invalid patch format of retainKeys",
                "{'spec':{'$retainKeys':['a'],'hostname':'b'}}; 400; invalid patch format of retainKeys",
                "{'spec':{'$setElementOrder/containers':'x'}}; 400; invalid patch format of setElementOrder list",
                "{'spec':{'$deleteFromPrimitiveList/containers':'x'}}; 400; invalid patch format of primitive list",
                "{'spec':{'containers':[[1]]}}; 422; lists of lists are not supported",
                "{'spec':{'containers':[1]}}; 500; list element types are not identical: [[map[name:a]] [1]]",
            })
    void badDirectivesAreRefused(String patch, int code, String message) {
        assertThatThrownBy(() -> patch(patch).apply(json("{'spec':{'containers':[{'name':'a'}]}}")))
                .isInstanceOfSatisfying(
                        PatchException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(message);
    }

    @Test
    void orderOfThePatchMustFollowTheOrderAskedFor() {
        assertThatThrownBy(() -> patch(
                                "{'spec':{'$setElementOrder/containers':[{'name':'a'}],'containers':[{'name':'b'}]}}")
                        .apply(json("{'spec':{'containers':[{'name':'a'}]}}")))
                .hasMessageContaining("doesn't match $setElementOrder list");
    }

    @Test
    void patchesAreReusable() {
        Patch patch = patch("{'spec':{'containers':[{'name':'a','env':[{'name':'X'}]}]}}");
        ObjectNode first = patch.apply(json("{}"));
        ((ObjectNode) first.at("/spec/containers/0")).put("image", "changed");
        assertThat(patch.apply(json("{}")))
                .isEqualTo(json("{'spec':{'containers':[{'name':'a','env':[{'name':'X'}]}]}}"));
    }

    @Test
    void longListsMergeInLinearTime() {
        String many = IntStream.range(0, 50_000)
                .mapToObj(i -> "{'name':'c" + i + "','image':'x'}")
                .collect(Collectors.joining(","));
        ObjectNode pod = json("{'spec':{'containers':[" + many + "]}}");
        ObjectNode patched = patch("{'spec':{'containers':[" + many + "]}}").apply(pod);
        assertThat(patched.at("/spec/containers")).hasSize(50_000);
    }
}
