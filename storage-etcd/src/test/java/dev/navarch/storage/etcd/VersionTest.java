package dev.navarch.storage.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionTest {
    @ParameterizedTest
    @CsvSource({
        "3.4.23,false",
        "3.4.31,true",
        "3.5.12,false",
        "3.5.13,true",
        "3.5.13-rc.0,true",
        "3.6.0,true",
        "3.3.99,false",
        "4.0.0,true",
        "2.3.8,false",
        "odd,false",
        "3.5,false"
    })
    void progressIsToldInOrderSince(String version, boolean ordered) {
        assertThat(Version.tellsProgressInOrder(version)).isEqualTo(ordered);
    }
}
