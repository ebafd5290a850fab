#!/bin/sh
# authority.sh DIR: the lab's certificate authority, every certificate that a shop or a fault presents, and the keys of
# signed zones. Made once and kept for three days, since certificates have dates; a lab starts in half the time with them.
# shellcheck disable=SC3013 # -nt is in POSIX.1-2024 and in every shell that Debian has
set -eu
dir=$1
PATH=$PATH:/usr/sbin
mark=$dir/made
if [ -f "$mark" ] && [ "$mark" -nt "$0" ] && [ -n "$(find "$mark" -mtime -3)" ]; then exit; fi

rm -rf "$dir"
mkdir -p "$dir/tls" "$dir/keys"
cd "$dir"
exec 3>&2 2>authority.log
trap '[ $? -eq 0 ] || { echo "lab: could not make certificates:" >&3; tail -5 authority.log >&3; }' EXIT

# day N: N days from now, as "openssl ca" wants it. Half a day off, so that "21 days left" is never a matter of seconds.
day() { date -u -d "@$(($(date +%s) + $1 * 86400 + 43200))" +%Y%m%d%H%M%SZ; }

new_key() { [ -f "tls/$1.key" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "tls/$1.key"; }

# An authority's database, for "openssl ca": the only command that takes dates.
new_database() {
    mkdir -p "db/$1"
    : >"db/$1/index"
    printf 'unique_subject = no\n' >"db/$1/index.attr"
    cat >"db/$1/cnf" <<END
[ca]
default_ca = d
[d]
database = db/$1/index
new_certs_dir = db/$1
rand_serial = yes
certificate = tls/$1.crt
private_key = tls/$1.key
default_md = sha256
policy = p
default_crl_days = 30
crl_extensions = n
[p]
countryName = optional
organizationName = optional
commonName = optional
[n]
authorityKeyIdentifier = keyid
END
}

# sign AUTHORITY NAME SUBJECT FROM UNTIL [OPTION...] <EXTENSIONS: NAME's key, certified by AUTHORITY.
sign() {
    by=$1 name=$2 subject=$3 from=$4 until=$5
    shift 5
    cat >"db/$name.ext"
    openssl req -new -config /dev/null -key "tls/$name.key" -subj "$subject" -out "db/$name.csr" 2>/dev/null ||
        openssl req -new -key "tls/$name.key" -subj "$subject" -out "db/$name.csr"
    openssl ca -batch -notext -config "db/$by/cnf" -in "db/$name.csr" -out "tls/$name.crt" -extfile "db/$name.ext" \
        -startdate "$(day "$from")" -enddate "$(day "$until")" -preserveDN "$@"
}

# names HOST...: a subjectAltName.
names() { printf 'subjectAltName='; for host; do printf '%sDNS:%s' "${comma:-}" "$host"; comma=,; done; echo; comma=; }

leaf_extensions() {
    printf 'basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n'
    printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\ncertificatePolicies=2.23.140.1.2.1\n'
    printf 'authorityInfoAccess=caIssuers;URI:http://pki.example/intermediate.cer%s\n' "${ocsp:-}"
    printf 'crlDistributionPoints=URI:http://pki.example/intermediate.crl\n'
}

# leaf NAME FROM UNTIL HOST...: NAME.crt alone, NAME.pem with the intermediate.
leaf() {
    name=$1 from=$2 until=$3
    shift 3
    new_key "$name"
    { leaf_extensions && names "$@"; } | sign intermediate "$name" "/CN=$1" "$from" "$until"
    cat "tls/$name.crt" tls/intermediate.crt >"tls/$name.pem"
}

ca_extensions() {
    printf 'basicConstraints=critical,CA:true%s\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' "$1"
}

mkdir db
new_database root
new_key root
# A root certifies itself: its certificate is made first, the database is for what it signs later.
openssl req -new -x509 -key tls/root.key -subj "/C=US/O=Launch Ready Lab/CN=Lab Root" -days 3650 -out tls/root.crt \
    -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign
cp tls/root.crt ca.pem

# The issuer bears the name of a public authority, so that CAA records are compared as they would be outside.
new_database intermediate
new_key intermediate
{ ca_extensions ,pathlen:0 && printf 'authorityKeyIdentifier=keyid\nextendedKeyUsage=serverAuth\n'; } |
    sign root intermediate "/C=US/O=Let's Encrypt/CN=E7" -400 700

shop="shop.example www.shop.example app.shop.example api.shop.example admin.shop.example help.shop.example mta-sts.shop.example"
# shellcheck disable=SC2086 # lists of hosts
{
    leaf shop -10 80 $shop
    leaf origin -10 80 $shop
    leaf mail -10 80 mx1.mail.example mx.shop.example
    leaf smtp -10 80 smtp.mail.example
    leaf box -10 80 box.example mx.box.example
    leaf world -10 80 data.iana.org rdap.nic.example pki.example ns-host.example
    leaf bad -10 80 bad.example "*.bad.example"
    leaf platform -10 80 herokuapp.com "*.herokuapp.com" "*.shop.example" shop.example

    # What faults present.
    leaf expired -100 -10 $shop
    leaf early 3 90 $shop
    leaf soon -85 5 $shop
    leaf weeks -76 14 $shop
    leaf other-name -10 80 another-shop.example
    leaf apex-only -10 80 shop.example
    leaf long-lived -10 815 $shop
    leaf revoked -10 80 $shop
    openssl genrsa -out tls/short-key.key 1024
    leaf short-key -10 80 $shop
    openssl genrsa -out tls/rsa.key 2048
    leaf rsa -10 80 $shop
    new_key common-name && leaf_extensions | sign intermediate common-name "/CN=shop.example" -10 80
    cat tls/common-name.crt tls/intermediate.crt >tls/common-name.pem
    new_key sha1 && { leaf_extensions && names $shop; } | sign intermediate sha1 "/CN=shop.example" -10 80 -md sha1
    cat tls/sha1.crt tls/intermediate.crt >tls/sha1.pem
    new_key must-staple && { leaf_extensions && echo "tlsfeature=status_request" && names $shop; } |
        sign intermediate must-staple "/CN=shop.example" -10 80
    cat tls/must-staple.crt tls/intermediate.crt >tls/must-staple.pem
    new_key self-signed && openssl req -new -x509 -key tls/self-signed.key -subj /CN=shop.example -days 80 \
        -addext "$(names $shop)" -out tls/self-signed.pem
    new_key stranger && openssl req -new -x509 -key tls/stranger.key -subj "/O=A Stranger/CN=Stranger Root" -days 3650 \
        -addext basicConstraints=critical,CA:true -out tls/stranger.crt
    new_database stranger && new_key untrusted && { leaf_extensions && names $shop; } |
        sign stranger untrusted "/CN=shop.example" -10 80
    cat tls/untrusted.crt tls/stranger.crt >tls/untrusted.pem
    ocsp=",OCSP;URI:http://pki.example/ocsp"
    leaf revoked-ocsp -10 80 $shop
    ocsp=
    # Ten thousand names, and one with an escape sequence in its subject.
    # shellcheck disable=SC2046 # a list of names
    new_key many-names && { leaf_extensions && names many-names.bad.example \
        $(awk 'BEGIN { for (i = 0; i < 9999; i++) printf "n%d.bad.example ", i }'); } |
        sign intermediate many-names "/CN=many-names.bad.example" -10 80
    cat tls/many-names.crt tls/intermediate.crt >tls/many-names.pem
    new_key strange-names && { leaf_extensions && names strange-names.bad.example; } | sign intermediate strange-names \
        "/O=$(printf 'Red \033[31mOrg \302\205\342\200\256gro')/CN=strange-names.bad.example" -10 80 -utf8
    cat tls/strange-names.crt tls/intermediate.crt >tls/strange-names.pem
}

# Revocation: a list, and a signed answer to staple or to serve.
openssl ca -config db/intermediate/cnf -revoke tls/revoked.crt -crl_reason keyCompromise
openssl ca -config db/intermediate/cnf -revoke tls/revoked-ocsp.crt -crl_reason keyCompromise
openssl ca -config db/intermediate/cnf -gencrl | openssl crl -outform DER -out tls/intermediate.crl
openssl x509 -in tls/intermediate.crt -outform DER -out tls/intermediate.cer
openssl ocsp -index db/intermediate/index -CA tls/intermediate.crt -rsigner tls/intermediate.crt \
    -rkey tls/intermediate.key -issuer tls/intermediate.crt -cert tls/revoked-ocsp.crt -ndays 7 -no_nonce \
    -reqout db/request
openssl ocsp -index db/intermediate/index -CA tls/intermediate.crt -rsigner tls/intermediate.crt \
    -rkey tls/intermediate.key -reqin db/request -respout tls/revoked.ocsp -ndays 7

# Zones that are signed, and a second key for a delegation that went stale.
for zone in . example shop.example; do
    file=$zone
    [ "$zone" != . ] || file=root
    for part in ksk zsk; do
        flag=
        [ $part = zsk ] || flag=-k
        made=$(cd keys && ldns-keygen $flag -a ECDSAP256SHA256 "$zone")
        mv "keys/$made.key" "keys/$file.$part.key"
        mv "keys/$made.private" "keys/$file.$part.private"
        rm -f "keys/$made.ds"
    done
    ldns-key2ds -n -2 "keys/$file.ksk.key" | sed 's/^.*DS[[:space:]]*//' >"keys/$file.ds"
done
made=$(cd keys && ldns-keygen -k -a ECDSAP256SHA256 shop.example)
ldns-key2ds -n -2 "keys/$made.key" | sed 's/^.*DS[[:space:]]*//' >keys/stale.ds
rm "keys/$made".*
ldns-key2ds -n -2 keys/root.ksk.key >keys/anchor

# What stands where secrets would stand in a file that should not have been served.
openssl rand -hex 12 >keys/word
# What the shop's owner publishes to prove control of the domain.
openssl rand -hex 12 >keys/token

# What the shop logs in with to send mail, and to read the mailbox where its test messages go.
openssl rand -hex 12 >keys/smtp-password
openssl rand -hex 12 >keys/box-password

# DKIM: the public key as TXT strings of at most 255 bytes.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out keys/dkim.key
openssl pkey -in keys/dkim.key -pubout -outform DER | base64 -w0 |
    sed 's/^/v=DKIM1; k=rsa; p=/; s/.\{250\}/&" "/g; s/.*/"&"/' >keys/dkim.txt

# A key that signs but is not published.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out keys/dkim-other.key

rm -rf db
touch made
