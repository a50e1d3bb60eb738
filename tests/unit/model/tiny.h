/* SPDX-License-Identifier: Apache-2.0 */
/* A small service with one of everything, as botocore would store it; and services out of texts. */
#ifndef PAIL_TESTS_MODEL_TINY_H
#define PAIL_TESTS_MODEL_TINY_H

#include "unit/test.h"

#include "model/compile.h"

static const char tiny_service[] =
    "{'version':'2.0','metadata':{'apiVersion':'2020-01-02','endpointPrefix':'tiny','protocol':'"
    "query','protocols':['query','json'],"
    "'serviceFullName':'Tiny Service','serviceId':'Tiny "
    "S','signatureVersion':'v4','jsonVersion':'1.1','targetPrefix':'Tiny','uid':'tiny-1',"
    "'xmlNamespace':'http://tiny/','auth':['aws.auth#sigv4'],'awsQueryCompatible':{}},"
    "'clientContextParams':{'UseArnRegion':{'type':'boolean','documentation':'x'}},'documentation':"
    "'<p>Tiny.</p>',"
    "'operations':{"
    "'PutThing':{'name':'PutThing2020','http':{'method':'PUT','requestUri':'/"
    "{Id}?x','responseCode':201},'input':{'shape':'PutInput',"
    "'locationName':'PutThingRequest','xmlNamespace':{'uri':'http://tiny/"
    "doc'}},'output':{'shape':'Thing','resultWrapper':'PutResult'},"
    "'errors':[{'shape':'NotThere'},{'shape':'Busy','exception':true}],'documentation':'<p>Puts.</"
    "p>','idempotent':true,"
    "'httpChecksum':{'requestAlgorithmMember':'Algorithm','requestChecksumRequired':true,'"
    "responseAlgorithms':['CRC32','SHA1']},"
    "'endpoint':{'hostPrefix':'{Id}.'},'authtype':'none','auth':['smithy.api#noAuth'],'"
    "unsignedPayload':true,"
    "'staticContextParams':{'Flag':{'value':true},'Kind':{'value':'k'}},'operationContextParams':{'"
    "List':{'path':'a[*].b'}},"
    "'requestcompression':{'encodings':['gzip']},'deprecated':true,'deprecatedMessage':'gone','"
    "endpointdiscovery':{'required':true}},"
    "'ListARNs':{'name':'ListARNs','http':{'method':'POST','requestUri':'/'}}},"
    "'shapes':{"
    "'PutInput':{'type':'structure','required':['Id','Tags'],'members':{'Id':{'shape':'Name','"
    "location':'uri','locationName':'Id',"
    "'contextParam':{'name':'Bucket'}},'Tags':{'shape':'Tags','flattened':false,'locationName':'"
    "tag'},'Self':{'shape':'PutInput'},"
    "'Nowhere':{'shape':'Missing'},'Time':{'shape':'Time','timestampFormat':'rfc822','deprecated':"
    "true},'Algorithm':{'shape':'Name',"
    "'idempotencyToken':true,'documentation':'<p>How.</p>'}},'payload':'Tags'},"
    "'Name':{'type':'string','min':1,'max':63,'pattern':'[a-z]+','enum':['a','b'],'documentation':'"
    "<p>A name.</p>','sensitive':true},"
    "'Tags':{'type':'list','member':{'shape':'Name','locationName':'item'},'flattened':true,'"
    "xmlNamespace':{'uri':'u','prefix':'p'},'max':50},"
    "'Map':{'type':'map','key':{'shape':'Name'},'value':{'shape':'Number','box':true}},"
    "'Number':{'type':'double','min':0.001,'max':1.0},"
    "'Time':{'type':'timestamp','timestampFormat':'iso8601'},"
    "'Thing':{'type':'structure','members':{'Tags':{'shape':'Tags','xmlNamespace':{'uri':'v'}},'"
    "Map':{'shape':'Map'}},'union':true},"
    "'NotThere':{'type':'structure','members':{},'exception':true,'error':{'code':'NoSuchThing','"
    "httpStatusCode':404,'senderFault':true}},"
    "'Busy':{'type':'structure','members':{},'exception':true,'retryable':{'throttling':true},'"
    "fault':true}}}";
static const char tiny_extras[] = "{'merge':{'metadata':{'serviceId':'Tiny'},'shapes':{'Thing':{'"
                                  "members':{'More':{'shape':'Name'}}},"
                                  "'Time':{'timestampFormat':'unixTimestamp'}}}}";
static const char tiny_paginators[] =
    "{'pagination':{'ListARNs':{'input_token':'Marker','output_token':['NextMarker || x','y'],"
    "'limit_key':'MaxItems','result_key':'Items','more_results':'IsTruncated'}}}";
static const char tiny_paginators_extras[] =
    "{'merge':{'pagination':{'ListARNs':{'non_aggregate_keys':['Owner']}}}}";
static const char tiny_waiters[] =
    "{'version':2,'waiters':{'ThingReady':{'delay':5,'maxAttempts':40,'operation':'ListARNs','"
    "acceptors':["
    "{'matcher':'pathAll','argument':'Items[].State','expected':'ready','state':'success'},"
    "{'matcher':'status','expected':404,'state':'retry'},{'matcher':'error','expected':true,'state'"
    ":'failure'}]}}}";
static const char tiny_rules[] =
    "{'version':'1.0','parameters':{'Region':{'type':'String','builtIn':'AWS::Region'},'UseFIPS':{'"
    "type':'Boolean','builtIn':'AWS::UseFIPS',"
    "'required':true,'default':false},'Endpoint':{'type':'String','builtIn':'SDK::Endpoint'},'"
    "Bucket':{'type':'String'},'Names':{'type':'stringArray'}},"
    "'rules':[{'type':'endpoint','conditions':[{'fn':'isSet','argv':[{'ref':'Endpoint'}]},{'fn':'"
    "parseURL','argv':[{'ref':'Endpoint'}],"
    "'assign':'url'}],'endpoint':{'url':'{url#scheme}://"
    "{url#authority}{url#normalizedPath}','properties':{},'headers':{}}},"
    "{'type':'error','conditions':[{'fn':'booleanEquals','argv':[{'ref':'UseFIPS'},true]}],'error':"
    "'no FIPS in {Region}, {{really}}'},"
    "{'type':'tree','conditions':[{'fn':'isSet','argv':[{'ref':'Region'}]},{'fn':'aws.partition','"
    "argv':[{'ref':'Region'}],'assign':'P'}],'rules':["
    "{'type':'endpoint','conditions':[{'fn':'isSet','argv':[{'ref':'Bucket'}]},{'fn':'stringEquals'"
    ",'argv':[{'ref':'Bucket'},'never']}],"
    "'endpoint':{'url':'https://never'}},"
    "{'type':'endpoint','conditions':[{'fn':'isSet','argv':[{'ref':'Bucket'}]},{'fn':'split','argv'"
    ":[{'ref':'Bucket'},'--',0],'assign':'parts'},"
    "{'fn':'getAttr','argv':[{'ref':'parts'},'[1]'],'assign':'zone'},{'fn':'coalesce','argv':[{'"
    "ref':'Nothing'},{'ref':'zone'}],'assign':'c'},"
    "{'fn':'ite','argv':[{'ref':'UseFIPS'},'f','n'],'assign':'i'}],'endpoint':{'url':'https://"
    "{zone}.{c}.{i}'}},"
    "{'type':'endpoint','conditions':[],'endpoint':{'url':'https://"
    "tiny.{Region}.{P#dnsSuffix}','properties':{'authSchemes':[{'name':'sigv4a',"
    "'signingName':'tiny','signingRegionSet':['*','{Region}'],'disableDoubleEncoding':true},{'name'"
    ":'sigv4','signingRegion':'{Region}'}],'backend':'B'},"
    "'headers':{'x-a':['1',{'ref':'Region'}]}}}]}]}";

/* JSON with ' for ". */
static inline struct pail_json *tiny_json(const char *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *json = NULL;
    size_t n = strlen(text);
    char *copy = malloc(n + 1);

    for (size_t i = 0; i <= n; i++)
        copy[i] = text[i] == '\'' ? '"' : text[i];
    assert_ok(pail_json_parse(pail_strn(copy, n), "tiny", &json, &err), &err);
    free(copy);
    return json;
}

struct tiny {
    struct pail_json *docs[6];
    struct pail_compile_input in;
};

static inline void tiny_begin(struct tiny *t)
{
    static const char *const texts[] = {tiny_service,           tiny_extras,  tiny_paginators,
                                        tiny_paginators_extras, tiny_waiters, tiny_rules};
    const struct pail_jnode **nodes[] = {&t->in.service,    &t->in.service_extras,
                                         &t->in.paginators, &t->in.paginators_extras,
                                         &t->in.waiters,    &t->in.rules};
    *t = (struct tiny){.in = {.name = PAIL_STR("tiny")}};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(texts); i++) {
        t->docs[i] = tiny_json(texts[i]);
        *nodes[i] = pail_json_root(t->docs[i]);
    }
}

static inline void tiny_end(struct tiny *t)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(t->docs); i++)
        pail_json_free(t->docs[i]);
}

static inline struct pail_service *tiny_compile(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_service *service = NULL;
    struct tiny t;

    tiny_begin(&t);
    assert_ok(pail_service_compile(&t.in, &service, &err), &err);
    tiny_end(&t);
    return service;
}

static const char tiny_partitions[] =
    "{'partitions':[{'id':'aws','regionRegex':'^(us|eu)\\\\-\\\\w+\\\\-\\\\d+$','regions':{'aws-"
    "global':{}},'outputs':{'dnsSuffix':'amazonaws.com',"
    "'dualStackDnsSuffix':'api.aws','implicitGlobalRegion':'us-east-1','name':'aws','supportsFIPS':"
    "true,'supportsDualStack':true}},"
    "{'id':'aws-cn','regionRegex':'^cn\\\\-\\\\w+\\\\-\\\\d+$','regions':{'cn-north-1':{}},'"
    "outputs':{'dnsSuffix':'amazonaws.com.cn',"
    "'dualStackDnsSuffix':'x','implicitGlobalRegion':'cn-northwest-1','name':'aws-cn','"
    "supportsFIPS':false,'supportsDualStack':true}}]}";

#endif
