package dev.navarch.apiserver.encryption;

/** Why a value can't be sealed or opened. */
final class SealFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SealFailure(String message) {
        super(message, null, false, false);
    }
}
