package dev.navarch.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Requests as bytes, so that the driver costs little beside the server. */
record Requests(String host, String token) {

    byte[] get(String path) {
        return request("GET", path, "", "");
    }

    byte[] post(String path, String body) {
        return request("POST", path, "application/json", body);
    }

    byte[] put(String path, String body) {
        return request("PUT", path, "application/json", body);
    }

    byte[] apply(String path, String body) {
        return request("PATCH", path + "?fieldManager=load-driver&force=true", "application/apply-patch+yaml", body);
    }

    private byte[] request(String method, String path, String type, String body) {
        var content = type.isEmpty() ? "" : "\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length();
        return (method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + token
                        + "\r\nAccept: application/json" + content + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    static String namespace(String name) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"" + name + "\"}}";
    }

    static String serviceAccount(String name) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"" + name + "\"}}";
    }

    /** A pod that no node takes; {@code padding} bytes of annotation bring it to a realistic size. */
    static String pod(String name, int padding) {
        return pod(name, "x".repeat(padding));
    }

    static String pod(String name, String annotation) {
        return String.join(
                "",
                List.of(
                        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"",
                        name,
                        "\",\"labels\":{\"app\":\"load\"},\"annotations\":{\"padding\":\"",
                        annotation,
                        "\"}},\"spec\":{\"schedulerName\":\"nobody\",\"containers\":[{\"name\":\"main\","
                                + "\"image\":\"busybox:1\",\"command\":[\"sleep\",\"3600\"],"
                                + "\"resources\":{\"requests\":{\"cpu\":\"10m\",\"memory\":\"16Mi\"}},"
                                + "\"env\":[{\"name\":\"A\",\"value\":\"b\"}],\"ports\":[{\"containerPort\":80}]}]}}"));
    }
}
