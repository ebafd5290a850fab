#!/usr/bin/perl
# Mail::DKIM as a peer: see peer.h for what it is asked. No name server: the key record is in a file.
use strict;
use warnings;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::PublicKey;
use Mail::DKIM::Signer;
use Mail::DKIM::TextWrap;
use Mail::DKIM::Verifier;

my $folder = shift or die "usage: peer_mail_dkim.pl FOLDER\n";
open my $in, '<', "$folder/record" or die "$folder/record: $!\n";
my $record = do { local $/ = undef; <$in> };
my $key = Mail::DKIM::PrivateKey->load(File => "$folder/private.pem");

{
    package Answer;
    sub new  { return bless {}, shift }
    sub send { return Packet->new }    # as Net::DNS::Resolver does
    package Packet;
    sub new    { return bless {}, shift }
    sub answer { return Record->new }
    sub header { return Packet->new }
    sub rcode  { return 'NOERROR' }
    package Record;
    sub new     { return bless {}, shift }
    sub type    { return 'TXT' }
    sub txtdata { return $record }
}
Mail::DKIM::DNS::resolver(Answer->new);

binmode STDIN;
binmode STDOUT;
$| = 1;
while (my $line = <STDIN>) {
    my ($what, @how) = split ' ', $line;
    my $n = pop @how;
    read(STDIN, my $text, $n) == $n or die "cut\n";
    my $answer;
    if ($what eq 'V') {
        my $v = Mail::DKIM::Verifier->new(Strict => 1);
        $v->PRINT($text);
        $v->CLOSE;
        my ($first) = $v->signatures;
        $answer = $first ? $first->result . ' ' . $first->result_detail : 'none';
    } else {
        my ($header, $body, $length, $names) = @how;
        my $s = Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256', Method => "$header/$body", Domain => 'shop.example',
            Selector => 's1', Key => $key);
        my %count;
        $count{lc $_}++ for split /:/, $names;
        $s->extended_headers(\%count);
        $s->PRINT($text);
        $s->CLOSE;
        $answer = $s->signature->as_string;
        $answer =~ s/\r?\n/\r\n/g;
        $answer .= "\r\n";
    }
    print length($answer), "\n", $answer;
}
