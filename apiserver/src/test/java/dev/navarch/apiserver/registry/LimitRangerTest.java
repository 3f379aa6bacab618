package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LimitRangerTest {
    private static final String CORE = "/api/v1/namespaces/default/";

    private final TestApi api = new TestApi();

    @BeforeEach
    void account() {
        post("serviceaccounts", "{'metadata':{'name':'default'}}").expect(201);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private TestApi.Answer post(String resource, String body) {
        return api.post(CORE + resource, body.replace('\'', '"'));
    }

    private void range(String limits) {
        post("limitranges", "{'metadata':{'name':'r'},'spec':{'limits':[" + limits + "]}}")
                .expect(201);
    }

    private TestApi.Answer pod(String resources) {
        return post(
                "pods",
                "{'metadata':{'name':'p'},'spec':{'initContainers':[{'name':'i','image':'i','resources':" + resources
                        + "}],'containers':[{'name':'c','image':'i','resources':" + resources + "}]}}");
    }

    @Test
    void whatContainersDoNotSayComesFromTheRange() {
        range("{'type':'Container','default':{'cpu':'2'},'defaultRequest':{'cpu':'1','memory':'1Gi'}}");
        var pod = pod("{'requests':{'cpu':'500m'}}").expect(201).json();
        assertThat(pod.at("/spec/containers/0/resources").toString())
                .isEqualTo("{\"limits\":{\"cpu\":\"2\"},\"requests\":{\"cpu\":\"500m\",\"memory\":\"1Gi\"}}");
        assertThat(pod.at("/spec/initContainers/0/resources/limits/cpu").asString())
                .isEqualTo("2");
        assertThat(pod.at("/metadata/annotations/kubernetes.io~1limit-ranger").asString())
                .isEqualTo("LimitRanger plugin set: memory request for container c; cpu limit for container c; memory"
                        + " request for init container i; cpu limit for init container i");
    }

    @Test
    void containersStayWithinBounds() {
        range("{'type':'Container','max':{'cpu':'1'},'min':{'cpu':'100m'},'maxLimitRequestRatio':{'cpu':'2'}}");
        assertThat(pod("{'requests':{'cpu':'1'},'limits':{'cpu':'2'}}")
                        .expect(403)
                        .message())
                .isEqualTo("pods \"p\" is forbidden: maximum cpu usage per Container is 1, but limit is 2");
        assertThat(pod("{'requests':{'cpu':'50m'},'limits':{'cpu':'1'}}")
                        .expect(403)
                        .message())
                .isEqualTo("pods \"p\" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, cpu"
                        + " max limit to request ratio per Container is 2, but provided ratio is 20.000000]");
        pod("{'requests':{'cpu':'500m'},'limits':{'cpu':'1'}}").expect(201);
    }

    @Test
    void whatHasNoLimitIsTooMuch() {
        range("{'type':'Pod','max':{'memory':'1Gi'}}");
        assertThat(pod("{}").expect(403).message())
                .isEqualTo("pods \"p\" is forbidden: maximum memory usage per Pod is 1Gi.  No limit is specified");
        assertThat(pod("{'limits':{'memory':'2Gi'}}").expect(403).message())
                .isEqualTo("pods \"p\" is forbidden: maximum memory usage per Pod is 1Gi, but limit is 2Gi");
        pod("{'limits':{'memory':'1Gi'}}").expect(201);
    }

    @Test
    void claimsStayWithinBounds() {
        range("{'type':'PersistentVolumeClaim','max':{'storage':'2Gi'},'min':{'storage':'1Gi'}}");
        assertThat(claim("3Gi").expect(403).message())
                .isEqualTo("persistentvolumeclaims \"v\" is forbidden: maximum storage usage per PersistentVolumeClaim"
                        + " is 2Gi, but request is 3Gi");
        assertThat(claim("1Mi").expect(403).message())
                .endsWith("minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi");
        claim("1Gi").expect(201);
    }

    private TestApi.Answer claim(String size) {
        return post(
                "persistentvolumeclaims",
                "{'metadata':{'name':'v'},'spec':{'accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'"
                        + size + "'}}}}");
    }

    @Test
    void whatAPodAsksForAsAWholeCounts() {
        range("{'type':'Pod','max':{'cpu':'2'},'min':{'cpu':'500m'},'maxLimitRequestRatio':{'cpu':'2'}}");
        var pod = "{'metadata':{'name':'p'},'spec':{'resources':%s,'containers':[{'name':'c','image':'i'}]}}";
        assertThat(post("pods", pod.formatted("{'requests':{'cpu':'1'},'limits':{'cpu':'3'}}"))
                        .expect(403)
                        .message())
                .isEqualTo("pods \"p\" is forbidden: [maximum cpu usage per Pod is 2, but limit is 3, cpu max limit to"
                        + " request ratio per Pod is 2, but provided ratio is 3.000000]");
        post("pods", pod.formatted("{'requests':{'cpu':'1'},'limits':{'cpu':'2'}}"))
                .expect(201);
    }

    @Test
    void sidecarsAddUpAndStartersDoNot() {
        range("{'type':'Pod','max':{'memory':'3Gi'}}");
        var pod =
                "{'metadata':{'name':'%s'},'spec':{'initContainers':[{'name':'i','image':'i'%s,'resources':{'limits':{"
                        + "'memory':'2Gi'}}}],'containers':[{'name':'c','image':'i','resources':{'limits':{'memory':'2Gi'}}}]}}";
        post("pods", pod.formatted("a", "")).expect(201);
        assertThat(post("pods", pod.formatted("b", ",'restartPolicy':'Always'"))
                        .expect(403)
                        .message())
                .endsWith("maximum memory usage per Pod is 3Gi, but limit is 4Gi");
    }
}
