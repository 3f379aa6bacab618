package com.example.flags;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/** An application whose features are switched by config maps of its namespace. */
@SpringBootApplication
public class FlagsApplication {
    public static void main(String[] args) {
        SpringApplication.run(FlagsApplication.class, args);
    }

    /** Of the cluster that the application runs in. */
    @Bean
    @Lazy
    KubernetesClient client() {
        return new KubernetesClientBuilder().build();
    }
}
