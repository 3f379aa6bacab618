package dev.navarch.apiserver.encryption;

/** One way to seal values (source: k8s.io/apiserver pkg/storage/value/transformer.go). */
interface Transformation {

    /**
     * @param stale whether it would be sealed otherwise now
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
    record Opened(byte[] value, boolean stale) {}

    /**
     * @param place where the value will lie
     * @throws SealFailure if it can't be done now
     */
    byte[] seal(byte[] value, byte[] place);

    /** @throws SealFailure if the data can't be opened, now or ever */
    Opened open(byte[] data, byte[] place);
}
