package dev.navarch.conformance.apps;

import dev.navarch.conformance.ApiOperations;
import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;

/** Upstream {@code test/e2e/apps/cronjob.go}. */
class CronJobBehaviours {

    @Behaviour("[sig-apps] CronJob should support CronJob API operations [Conformance]")
    void cronJob(Scenario scenario) {
        new ApiOperations(scenario, "cronjobs", true, """
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: NAME}
            spec:
              schedule: "0 0 1 1 *"
              suspend: true
              concurrencyPolicy: Allow
              jobTemplate:
                spec:
                  template:
                    spec:
                      restartPolicy: OnFailure
                      containers: [{name: c, image: "busybox:1"}]
            """)
                .everything()
                .status(
                        "{\"lastScheduleTime\":\"2024-01-01T00:00:00Z\"}",
                        "{\"lastScheduleTime\":\"2024-01-02T00:00:00Z\"}");
    }
}
