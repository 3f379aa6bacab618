package dev.navarch.junit;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;

/** A custom resource as fabric8's users declare it. */
@Group("example.com")
@Version("v1")
public class Hat extends CustomResource<Hat.Spec, Void> implements Namespaced {
    private static final long serialVersionUID = 1;

    /** What is wanted. */
    public static class Spec {
        private int size;

        public int getSize() {
            return size;
        }

        public void setSize(int value) {
            size = value;
        }
    }
}
