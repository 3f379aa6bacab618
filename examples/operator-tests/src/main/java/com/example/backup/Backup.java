package com.example.backup;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;

/** A copy of something, made again and again. */
@Group("example.com")
@Version("v1")
public class Backup extends CustomResource<Backup.Spec, Void> implements Namespaced {
    private static final long serialVersionUID = 1;

    /** What is wanted. */
    public static class Spec {
        private String schedule;

        public String getSchedule() {
            return schedule;
        }

        public void setSchedule(String value) {
            schedule = value;
        }
    }
}
