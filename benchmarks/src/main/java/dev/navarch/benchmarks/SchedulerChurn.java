package dev.navarch.benchmarks;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Json;
import java.util.concurrent.locks.LockSupport;

/** Makes a node, a pod that fits nowhere and a service, and deletes them again, ten times a second. */
final class SchedulerChurn implements AutoCloseable {
    private static final long PAUSE_NANOS = 100_000_000;

    private final ApiClient client;
    private final Thread thread;
    private volatile boolean closed;

    SchedulerChurn(ApiClient client) {
        this.client = client;
        thread = Thread.ofVirtual().name("churn").start(this::run);
    }

    private void run() {
        for (long round = 0; !closed; round++) {
            recreate(
                    "/api/v1/nodes",
                    "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"churn-" + round
                            + "\"},\"status\":{\"allocatable\":{\"pods\":\"1\",\"cpu\":\"1m\"}}}",
                    "churn-" + round);
            recreate(
                    "/api/v1/namespaces/perf/pods",
                    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"churn-" + round
                            + "\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"pause\",\"resources\":{"
                            + "\"requests\":{\"cpu\":\"100\"}}}]}}",
                    "churn-" + round);
            recreate(
                    "/api/v1/namespaces/perf/services",
                    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"churn-" + round
                            + "\"},\"spec\":{\"selector\":{\"app\":\"churn\"},\"ports\":[{\"port\":80}]}}",
                    "churn-" + round);
        }
    }

    private void recreate(String path, String body, String name) {
        try {
            client.raw("POST", path, Json.mapper().readTree(body));
            LockSupport.parkNanos(PAUSE_NANOS);
            client.raw("DELETE", path + "/" + name + "?gracePeriodSeconds=0", null);
        } catch (ApiFailure e) {
            System.err.println("churn: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
