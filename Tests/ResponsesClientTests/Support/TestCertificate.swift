import NIOSSL

/// A certificate for `localhost` and 127.0.0.1 that signs itself, made for these tests; its key is not a secret.
enum TestCertificate {
    static var certificate: NIOSSLCertificate {
        get throws { try NIOSSLCertificate(bytes: Array(pem.utf8), format: .pem) }
    }

    static var key: NIOSSLPrivateKey {
        get throws { try NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem) }
    }

    private static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAUGgAwIBAgIUd+iDaUDUNbK9WAHKMhX3zQ4tpLYwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAzMDcyMVoYDzIxMjYxMDMx
        MDMwNzIxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQCGT1ttDP85O6Rk0uI2Ox5E5z7wzAL257Qy5ZtdAve1thuXyWJBWAV
        AdS39qYlCjHor6Bok7aybTyKF1FUVgreo28wbTAdBgNVHQ4EFgQUs+6nZCkBUhfx
        KE2xYQqJWaVdhAswHwYDVR0jBBgwFoAUs+6nZCkBUhfxKE2xYQqJWaVdhAswDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDRwAwRAIgcuL681LhXrrk0hCwgD5jgas6bs57t3oOcFSGZkQnrloCIHZ0
        w1qaV0w7kYGZIYyyqI2rx5dpCRG+vErmbznrUGE1
        -----END CERTIFICATE-----
        """

    private static let keyPEM = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgiw6hQ4NAhG+SgfKf
        mXaFQYFxWSrGQ8/Va2tASwSn3N2hRANCAAQCGT1ttDP85O6Rk0uI2Ox5E5z7wzAL
        257Qy5ZtdAve1thuXyWJBWAVAdS39qYlCjHor6Bok7aybTyKF1FUVgre
        -----END PRIVATE KEY-----
        """
}
