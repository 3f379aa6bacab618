package dev.navarch.apiserver.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables of k8s.io/apiserver pkg/endpoints/request/requestinfo_test.go, as facts. */
class RequestInfoParserTest {

    private static RequestInfo parse(String method, String url) {
        int question = url.indexOf('?');
        return RequestInfoParser.parse(
                method,
                RequestInfoParser.decodePath(question < 0 ? url : url.substring(0, question)),
                Query.parse(question < 0 ? "" : url.substring(question + 1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            emptyValue = "",
            value = {
                // method | url | verb | group | version | namespace | resource | subresource | name
                "GET|/api/v1/namespaces|list||v1||namespaces||",
                "GET|/api/v1/namespaces/other|get||v1|other|namespaces||other",
                "GET|/api/v1/namespaces/other/pods|list||v1|other|pods||",
                "GET|/api/v1/namespaces/other/pods/foo|get||v1|other|pods||foo",
                "HEAD|/api/v1/namespaces/other/pods/foo|get||v1|other|pods||foo",
                "GET|/api/v1/pods|list||v1||pods||",
                "HEAD|/api/v1/pods|list||v1||pods||",
                "GET|/api/v1/namespaces/other/pods/foo/status|get||v1|other|pods|status|foo",
                "GET|/api/v1/namespaces/other/status|get||v1|other|namespaces|status|other",
                "PUT|/api/v1/namespaces/other/finalize|update||v1|other|namespaces|finalize|other",
                "GET|/api/v1/proxy/namespaces/other/pods/foo|proxy||v1|other|pods||foo",
                "GET|/api/v1/proxy/namespaces/other/pods/foo/subpath/not/a/subresource|proxy||v1|other|pods||foo",
                "GET|/api/v1/watch/pods|watch||v1||pods||",
                "GET|/api/v1/watch/namespaces/other/pods|watch||v1|other|pods||",
                "GET|/api/v1/pods?watch=1|watch||v1||pods||",
                "GET|/api/v1/pods?watch=true|watch||v1||pods||",
                "GET|/api/v1/pods?watch=false|list||v1||pods||",
                "GET|/api/v1/pods?watch=0|list||v1||pods||",
                "GET|/api/v1/pods?watch|watch||v1||pods||",
                "GET|/api/v1/namespaces/other/pods?fieldSelector=metadata.name%3Dfoo|list||v1|other|pods||foo",
                "GET|/api/v1/namespaces/other/pods?watch=1&fieldSelector=a%3Db,metadata.name%3D%3Dfoo|watch||v1|other|pods||foo",
                "GET|/api/v1/namespaces/other/pods?fieldSelector=metadata.name!%3Dfoo|list||v1|other|pods||",
                "GET|/api/v1/namespaces/other/pods?fieldSelector=metadata.name%3D../x|list||v1|other|pods||",
                "DELETE|/api/v1/namespaces/other/pods/foo|delete||v1|other|pods||foo",
                "DELETE|/api/v1/namespaces/other/pods|deletecollection||v1|other|pods||",
                "POST|/api/v1/namespaces/other/pods|create||v1|other|pods||",
                "POST|/api/v1/namespaces/other/pods/foo/exec|create||v1|other|pods|exec|foo",
                "PATCH|/apis/extensions/v1/namespaces/other/pods/foo|patch|extensions|v1|other|pods||foo",
                "GET|/apis/batch/v1/namespaces/other/jobs|list|batch|v1|other|jobs||",
                "GET|/apis/apps/v1/namespaces/other/deployments/web/scale|get|apps|v1|other|deployments|scale|web",
                "OPTIONS|/api/v1/pods|||v1||pods||",
                "GET|/api/v1/namespaces/other/pods/foo/proxy/a/b|get||v1|other|pods|proxy|foo",
            })
    void resources(
            String method,
            String url,
            String verb,
            String group,
            String version,
            String namespace,
            String resource,
            String subresource,
            String name) {
        var info = parse(method, url);
        assertThat(info.resourceRequest()).isTrue();
        assertThat(new String[] {
                    info.verb(),
                    info.group(),
                    info.version(),
                    info.namespace(),
                    info.resource(),
                    info.subresource(),
                    info.name()
                })
                .containsExactly(
                        text(verb),
                        text(group),
                        text(version),
                        text(namespace),
                        text(resource),
                        text(subresource),
                        text(name));
    }

    private static String text(String cell) {
        return cell == null ? "" : cell;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/api",
                "/api/",
                "/api/v1",
                "/apis",
                "/apis/apps",
                "/apis/apps/v1",
                "/healthz",
                "/foo/bar/baz"
            })
    void otherPaths(String path) {
        assertThat(parse("GET", path)).isEqualTo(RequestInfo.nonResource("get", path));
        assertThat(parse("POST", path).verb()).isEqualTo("post");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/namespaces/../secrets", "/api/v1/namespaces/%2e%2e/secrets", "/./x"})
    void dotsLeadNowhere(String path) {
        assertThatThrownBy(() -> RequestInfoParser.decodePath(path))
                .isInstanceOfSatisfying(
                        ApiFailure.class, e -> assertThat(e.code()).isEqualTo(404));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/namespaces/a%2Fsecrets",
                "/api/v1/%zz",
                "/api/v1/%0",
                "/a%00b",
                "relative",
                "",
                "*",
            })
    void dangerousPathsAreRefused(String path) {
        assertThatThrownBy(() -> RequestInfoParser.decodePath(path))
                .isInstanceOfSatisfying(
                        ApiFailure.class, e -> assertThat(e.code()).isEqualTo(400));
    }

    @Test
    void pathsAreDecodedOnce() {
        assertThat(RequestInfoParser.decodePath("/api/v1/nodes/a%3Ab%252F%C3%A9"))
                .isEqualTo("/api/v1/nodes/a:b%2Fé");
        assertThat(RequestInfoParser.decodePath("/api/v1/nodes/a/proxy/x%2Fy")).isEqualTo("/api/v1/nodes/a/proxy/x/y");
    }
}
