/**
 * Encryption at rest, by an EncryptionConfiguration: {@link dev.navarch.apiserver.encryption.Encryption} is what a store
 * passes its values through. Each provider is a {@link dev.navarch.apiserver.encryption.Transformation}; a list of them,
 * told apart by prefixes, is one again. Of threads there are only those that ask a KMS plugin how it is.
 */
@org.jspecify.annotations.NullMarked
package dev.navarch.apiserver.encryption;
