import * as clips from './clips';
import * as estimate from './estimate';
import type { Field } from './field';
import { named } from './field';
import * as media from './media';
import {
	binaryPropertyName,
	downloadOptions,
	generateOptions,
	requestOptions,
	taskOptions,
} from './options';
import * as output from './output';
import * as video from './video';
import * as waiting from './waiting';

/** All fields of the form, in display order. Each operation lists its own, from which their `displayOptions` follow. */
export const FIELDS = {
	videoMode: estimate.videoMode,
	mode: estimate.mode,
	// typed, not picked: the service has no endpoint that lists tasks
	taskId: named({
		displayName: 'Task ID',
		name: 'taskId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 8b6a5162-5c91-4a42-8e80-4c8ef5486f24',
		description: 'The ‘taskId’ that a video operation returned',
	}),
	textPrompt: video.textPrompt,
	imagePrompt: video.imagePrompt,
	referencePrompt: video.referencePrompt,
	editPrompt: video.editPrompt,
	videoSource: media.videoSource,
	videoUrl: media.videoUrl,
	videoFile: media.videoFile,
	imageSource: media.imageSource,
	imageUrl: media.imageUrl,
	firstFrameFile: media.firstFrameFile,
	referenceImageUrls: media.referenceImageUrls,
	referenceImageFiles: media.referenceImageFiles,
	aspectRatio: video.aspectRatio,
	audioSetting: video.audioSetting,
	resolution: video.resolution,
	duration: video.duration,
	editImageSource: media.editImageSource,
	editImageUrls: media.editImageUrls,
	editImageFiles: media.editImageFiles,
	estimateDuration: estimate.estimateDuration,
	estimateSource: estimate.source,
	estimateSourceByMode: estimate.sourceByMode,
	estimateUrl: estimate.url,
	estimateUrlByMode: estimate.urlByMode,
	estimateFile: estimate.file,
	estimateFileByMode: estimate.fileByMode,
	estimateLength: estimate.length,
	estimateLengthByMode: estimate.lengthByMode,
	clipFile: clips.clipFile,
	startSeconds: clips.startSeconds,
	endSeconds: clips.endSeconds,
	soundSource: clips.soundSource,
	soundFile: clips.soundFile,
	downloadVideo: waiting.downloadVideo,
	waitForCompletion: waiting.waitForCompletion,
	waitForTask: waiting.waitForTask,
	waitMethod: waiting.waitMethod,
	taskWaitMethod: waiting.taskWaitMethod,
	callbackUrl: waiting.callbackUrl,
	binaryPropertyName: { ...binaryPropertyName, required: true },
	simplify: output.simplify,
	output: output.output,
	outputFields: output.outputFields,
	generateOptions,
	taskOptions,
	requestOptions,
	downloadOptions,
	joinOptions: clips.joinOptions,
	trimOptions: clips.trimOptions,
	replaceSoundOptions: clips.replaceSoundOptions,
	estimateOptions: estimate.estimateOptions,
	estimateOptionsByMode: estimate.estimateOptionsByMode,
} satisfies Record<string, Field>;
